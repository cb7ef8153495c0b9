"""Application default credentials: the sign-in that gcloud, a key file or a machine of Google's own leaves behind.

They are looked for where Google's libraries look (facts/google.md 1.9), and read and refreshed by google-auth; what it
sends goes through our own `Http`. The metadata server is asked only on a machine that says it is Google's: elsewhere
the question costs seconds and gets no answer.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.errors import ConfigurationWrong, SignInNeeded, Temporary
from gsync_cli.google.errors import of_network
from gsync_cli.google.tokens import GoogleAuthResponse, is_loopback
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import NetworkError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as GoogleCredentials

CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
_VARIABLE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
SIGN_IN: Final = "gcloud auth application-default login"
_TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
_PRODUCT_NAME: Final = Path("/sys/class/dmi/id/product_name")


class AdcToken:
    """The access token of application default credentials; a token source of a session."""

    def __init__(self, credentials: "GoogleCredentials", wire: Wire) -> None:
        self._credentials = credentials
        self._wire = wire

    @property
    def email(self) -> str:
        """The address of a service account; a person's is not in the file."""
        address = str(getattr(self._credentials, "service_account_email", "") or "")
        return address if "@" in address else ""

    @property
    def subject(self) -> str:
        """Nothing: the file does not say."""
        return ""

    @property
    def quota_project(self) -> str:
        """The project that requests are charged to; empty where the credentials name none (facts/google.md 5.8)."""
        return str(getattr(self._credentials, "quota_project_id", "") or "")

    def fresh(self) -> str:
        """Return an access token with life in it. Raises as `renew`."""
        if not self._credentials.valid:
            return self.renew()
        return str(self._credentials.token)

    def renew(self) -> str:
        """Return another access token. Raises SignInNeeded("adc-ended"), Temporary, ConfigurationWrong."""
        from google.auth.exceptions import GoogleAuthError

        try:
            self._credentials.refresh(_Request(self._wire))
        except (GoogleAuthError, ValueError) as error:
            raise SignInNeeded("adc-ended", reason=str(error.args[0] if error.args else error)) from error
        return str(self._credentials.token)


@dataclass(frozen=True, slots=True)
class _Request:
    """`google.auth.transport.Request` over our own connection."""

    wire: Wire

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> GoogleAuthResponse:
        """Send what google-auth asks for: requests for tokens, which may all be repeated."""
        del timeout
        content = body.encode() if isinstance(body, str) else body
        try:
            answer = self.wire.send(
                lambda: self.wire.http.send(SERVICE, method, url, headers=dict(headers or {}), body=content),
                repeatable=True,
            )
        except NetworkError as error:
            raise of_network(error) from error
        if answer.status_code >= 500:  # noqa: PLR2004  google-auth would wait and repeat on the machine's own clock
            raise Temporary("google-server", status=answer.status_code, host=answer.url.host)
        return GoogleAuthResponse(answer.status_code, dict(answer.headers), answer.content)


def default_token(environment: Mapping[str, str], wire: Wire, oauth2_endpoint: str = "") -> AdcToken | None:
    """Return the token of application default credentials; None where there are none.

    `oauth2_endpoint` takes the place of Google's token endpoint where the file names none of its own. Raises
    ConfigurationWrong("adc-unreadable") for a file that is named but missing or damaged.
    """
    if path := _file(environment):
        token_uri = f"{oauth2_endpoint.rstrip('/')}/token" if oauth2_endpoint else _TOKEN_URI
        return AdcToken(_read(path, environment, token_uri, wire), wire)
    return _of_this_machine(wire) if _is_googles(environment) else None


def is_there(environment: Mapping[str, str]) -> bool:
    """Whether there are such credentials in a file, whatever they are worth."""
    return _file(environment) is not None


def _file(environment: Mapping[str, str]) -> Path | None:
    """Return the file that GOOGLE_APPLICATION_CREDENTIALS names, else gcloud's own if it is there."""
    if named := environment.get(_VARIABLE):
        return Path(named)
    path = _gcloud_folder(environment) / "application_default_credentials.json"
    return path if path.is_file() else None


def _gcloud_folder(environment: Mapping[str, str]) -> Path:
    if named := environment.get("CLOUDSDK_CONFIG"):
        return Path(named)
    if os.name == "nt":
        return Path(environment.get("APPDATA") or environment.get("SystemDrive", "C:") + "\\") / "gcloud"
    return Path(environment.get("HOME") or Path.home()) / ".config" / "gcloud"


def _read(path: Path, environment: Mapping[str, str], token_uri: str, wire: Wire) -> "GoogleCredentials":
    import warnings

    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        info = dict(json.loads(path.read_text(encoding="utf-8-sig")))
        if info.get("type") == "authorized_user":
            found: Any = _of_person(info, token_uri)
        else:
            with warnings.catch_warnings():
                # It warns of files from strangers; this one is where the user's own credentials are.
                warnings.simplefilter("ignore")
                found, _ = google.auth.load_credentials_from_dict(info, scopes=[CLOUD_PLATFORM], request=_Request(wire))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, GoogleAuthError) as error:
        variable = _VARIABLE if environment.get(_VARIABLE) else ""
        raise ConfigurationWrong("adc-unreadable", path=path, reason=_reason(error), variable=variable) from error
    quota_project = environment.get("GOOGLE_CLOUD_QUOTA_PROJECT")
    return found.with_quota_project(quota_project) if quota_project and hasattr(found, "with_quota_project") else found


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    return (error.strerror or "") if isinstance(error, OSError) else str(error.args[0] if error.args else error)


def _of_person(info: Mapping[str, Any], token_uri: str) -> "GoogleCredentials":
    """Read a person's credentials. Google's own reader forgets the token endpoint that a file names (facts 5.2)."""
    from google.oauth2.credentials import Credentials

    named = str(info.get("token_uri") or "")
    credentials: GoogleCredentials = Credentials(
        None,
        refresh_token=info["refresh_token"],
        token_uri=named if named.startswith("https://") or is_loopback(named) else token_uri,
        client_id=info["client_id"],
        client_secret=info["client_secret"],
        quota_project_id=info.get("quota_project_id"),
    )
    return credentials


def _is_googles(environment: Mapping[str, str]) -> bool:
    """Whether this is a machine of Google's own, where the metadata server answers."""
    if environment.get("NO_GCE_CHECK", "").casefold() == "true":
        return False
    if environment.get("GCE_METADATA_HOST"):
        return True
    try:
        return sys.platform == "linux" and _PRODUCT_NAME.read_text(encoding="utf-8").startswith("Google")
    except (OSError, UnicodeDecodeError):
        return False


def _of_this_machine(wire: Wire) -> AdcToken | None:
    """Return the token of the machine's own account; None where it has none, or none with the right permission."""
    from google.auth.compute_engine import Credentials

    token = AdcToken(Credentials(scopes=[CLOUD_PLATFORM]), wire)
    try:
        token.renew()
    except (SignInNeeded, Temporary, ConfigurationWrong):
        return None
    return token
