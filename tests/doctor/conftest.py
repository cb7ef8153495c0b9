"""A profile that is well, for each test anew."""

from pathlib import Path

import pytest

from tests.support.examined import Patient, patient


@pytest.fixture
def well(tmp_path: Path) -> Patient:
    return patient(tmp_path)
