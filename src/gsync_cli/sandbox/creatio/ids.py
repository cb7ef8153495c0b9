"""The well-known ids of lookup rows (facts/creatio.md 3), and the null id."""

from typing import Final

NULL_ID: Final = "00000000-0000-0000-0000-000000000000"

COMMUNICATION_TYPES: Final = {
    "mail": "ee1c85c3-cfcb-df11-9b2a-001d60e938c6",
    "mobile": "d4a2dc80-30ca-df11-9b2a-001d60e938c6",
    "work": "3dddb3cc-53ee-49c4-a71f-e9e257f59e49",
    "home": "0da6a26b-d7bc-df11-b00f-001d60e938c6",
    "main": "6a3fb10c-67cc-df11-9b2a-001d60e938c6",
    "additional": "2b387201-67cc-df11-9b2a-001d60e938c6",
    "other": "21c0d693-9a52-43fa-b7f1-c6d8b53975d4",
    "fax": "9a7ab41b-67cc-df11-9b2a-001d60e938c6",
    "extension": "e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a",
    "web": "6a8ba927-67cc-df11-9b2a-001d60e938c6",
    "skype": "09e4bda6-cfcb-df11-9b2a-001d60e938c6",
    "google": "efe5d7a2-5f38-e111-851e-00155d04c01d",
    "facebook": "2795dd03-bacf-e011-92c3-00155d04c01d",
    "linkedin": "ea0f3b0a-bacf-e011-92c3-00155d04c01d",
    "twitter": "e7139487-bad3-e011-92c3-00155d04c01d",
}
PHONE_KINDS: Final = ("mobile", "work", "home", "main", "additional", "other", "fax", "extension")

ADDRESS_TYPES: Final = {
    "home": "4f8b2d67-71d0-45fb-897e-cd4a308a97c0",
    "business": "fb7a3f6a-f36b-1410-6f81-1c6f65e50343",
    "actual": "780bf68c-4b6e-df11-b988-001d60e938c6",
    "legal": "770bf68c-4b6e-df11-b988-001d60e938c6",
    "shipping": "760bf68c-4b6e-df11-b988-001d60e938c6",
    "other": "ce157f11-f425-4811-ba0e-e3816e8eced5",
}

TAG_TYPES: Final = {
    "private": "8d7f6d6c-4ca5-4b43-bdd9-a5e01a582260",
    "corporate": "5d79e393-f8e0-4830-a76b-f3c7bce529ed",
    "public": "d6fb4de6-0809-41fe-a84f-6d245cbc5f32",
}

CONTACT_TYPES: Final = {
    "contact": "806732ee-f36b-1410-a883-16d83cab0980",
    "client": "00783ef6-f36b-1410-a883-16d83cab0980",
    "employee": "60733efc-f36b-1410-a883-16d83cab0980",
}

ANNIVERSARY_TYPES: Final = {"birthday": "173d56d2-fdca-df11-9b2a-001d60e938c6"}

ACTIVITY_TYPES: Final = {
    "task": "fbe0acdc-cfc0-df11-b00f-001d60e938c6",
    "email": "e2831dec-cfc0-df11-b00f-001d60e938c6",
    "call": "e1831dec-cfc0-df11-b00f-001d60e938c6",
    "visit": "e3831dec-cfc0-df11-b00f-001d60e938c6",
}
ACTIVITY_CATEGORIES: Final = {
    "to do": "f51c4643-58e6-df11-971b-001d60e938c6",
    "meeting": "42c74c49-58e6-df11-971b-001d60e938c6",
    "email": "8038a396-7825-e011-8165-00155d043204",
    "call": "e52bd583-7825-e011-8165-00155d043204",
    "paperwork": "2365ae4f-58e6-df11-971b-001d60e938c6",
}
ACTIVITY_STATUSES: Final = {
    "not started": "384d4b84-58e6-df11-971b-001d60e938c6",
    "in progress": "394d4b84-58e6-df11-971b-001d60e938c6",
    "completed": "4bdbb88f-58e6-df11-971b-001d60e938c6",
    "cancelled": "201cfba8-58e6-df11-971b-001d60e938c6",
}
ACTIVITY_PRIORITIES: Final = {
    "high": "d625a9fc-7ee6-df11-971b-001d60e938c6",
    "medium": "ab96fa02-7fe6-df11-971b-001d60e938c6",
    "low": "ac96fa02-7fe6-df11-971b-001d60e938c6",
}
PARTICIPANT_ROLES: Final = {
    "participant": "1a8324e8-a6e1-df11-971b-001d60e938c6",
    "responsible": "53fc4a92-b0ea-e111-96c4-00165d094c12",
    "from": "6a6390c4-a6e1-df11-971b-001d60e938c6",
    "to": "3a6893ce-a6e1-df11-971b-001d60e938c6",
    "cc": "3c6893ce-a6e1-df11-971b-001d60e938c6",
    "bcc": "ba1a7add-a6e1-df11-971b-001d60e938c6",
}
PARTICIPANT_RESPONSES: Final = {
    "confirmed": "7098c892-34e3-4a3e-af08-c1a139f63220",
    "declined": "cc256758-4051-4021-9c51-216e37635c46",
    "in doubt": "50e89724-522d-446e-be91-12548b8c834d",
}
