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
