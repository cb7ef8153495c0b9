"""Ids that every Creatio site has for the values of its lookups, whatever their localised names (facts/creatio.md 3).

An administrator may edit lookups: take these as defaults.
"""

from typing import Final

# CommunicationType
EMAIL: Final = "ee1c85c3-cfcb-df11-9b2a-001d60e938c6"
MOBILE_PHONE: Final = "d4a2dc80-30ca-df11-9b2a-001d60e938c6"
WORK_PHONE: Final = "3dddb3cc-53ee-49c4-a71f-e9e257f59e49"
HOME_PHONE: Final = "0da6a26b-d7bc-df11-b00f-001d60e938c6"
MAIN_PHONE: Final = "6a3fb10c-67cc-df11-9b2a-001d60e938c6"
ADDITIONAL_PHONE: Final = "2b387201-67cc-df11-9b2a-001d60e938c6"
OTHER_PHONE: Final = "21c0d693-9a52-43fa-b7f1-c6d8b53975d4"
FAX: Final = "9a7ab41b-67cc-df11-9b2a-001d60e938c6"
EXTENSION: Final = "e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a"
WEB: Final = "6a8ba927-67cc-df11-9b2a-001d60e938c6"
SKYPE: Final = "09e4bda6-cfcb-df11-9b2a-001d60e938c6"
GOOGLE: Final = "efe5d7a2-5f38-e111-851e-00155d04c01d"
FACEBOOK: Final = "2795dd03-bacf-e011-92c3-00155d04c01d"

# AddressType
HOME_ADDRESS: Final = "4f8b2d67-71d0-45fb-897e-cd4a308a97c0"
BUSINESS_ADDRESS: Final = "fb7a3f6a-f36b-1410-6f81-1c6f65e50343"
ACTUAL_ADDRESS: Final = "780bf68c-4b6e-df11-b988-001d60e938c6"
SHIPPING_ADDRESS: Final = "760bf68c-4b6e-df11-b988-001d60e938c6"
OTHER_ADDRESS: Final = "ce157f11-f425-4811-ba0e-e3816e8eced5"

# TagType
PRIVATE_TAG: Final = "8d7f6d6c-4ca5-4b43-bdd9-a5e01a582260"
CORPORATE_TAG: Final = "5d79e393-f8e0-4830-a76b-f3c7bce529ed"
PUBLIC_TAG: Final = "d6fb4de6-0809-41fe-a84f-6d245cbc5f32"

# ContactType
CONTACT: Final = "806732ee-f36b-1410-a883-16d83cab0980"
CLIENT: Final = "00783ef6-f36b-1410-a883-16d83cab0980"

# ActivityType
TASK: Final = "fbe0acdc-cfc0-df11-b00f-001d60e938c6"
EMAIL_ACTIVITY: Final = "e2831dec-cfc0-df11-b00f-001d60e938c6"

# ActivityCategory
MEETING: Final = "42c74c49-58e6-df11-971b-001d60e938c6"

# ActivityStatus
NOT_STARTED: Final = "384d4b84-58e6-df11-971b-001d60e938c6"
COMPLETED: Final = "4bdbb88f-58e6-df11-971b-001d60e938c6"
CANCELLED: Final = "201cfba8-58e6-df11-971b-001d60e938c6"

# ActivityPriority
MEDIUM_PRIORITY: Final = "ab96fa02-7fe6-df11-971b-001d60e938c6"

# ParticipantResponse
CONFIRMED: Final = "7098c892-34e3-4a3e-af08-c1a139f63220"
DECLINED: Final = "cc256758-4051-4021-9c51-216e37635c46"
IN_DOUBT: Final = "50e89724-522d-446e-be91-12548b8c834d"

# MailServer (facts/creatio.md 6)
GMAIL_PROVIDER: Final = "1b424a93-dee9-e011-8376-00155d04c01d"
