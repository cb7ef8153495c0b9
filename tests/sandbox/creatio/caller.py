"""A plain HTTP client for the tests of the sandbox: it keeps cookies, sends the CSRF header, and decides nothing."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import quote

from gsync_cli.sandbox.clock import VirtualClock
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.site import FIRST_PASSWORD, FIRST_USER, CreatioSite, Runtime
from gsync_cli.sandbox.messages import Request, Response

ORIGIN = "http://127.0.0.1:8080"


def new_site(
    options: Options | None = None,
    *,
    version: str = "7.17.3",
    runtime: Runtime = "framework",
    base_path: str = "/creatio",
) -> CreatioSite:
    """Return a fresh site on a clock that stands still."""
    return CreatioSite(
        VirtualClock(), Random(7), options=options, version=version, runtime=runtime, base_path=base_path
    )


def parsed(response: Response) -> Any:
    """Return the JSON of an answer."""
    return json.loads(response.body)


def header(response: Response, name: str) -> str:
    """Return a header's first value, or nothing."""
    return next((value for known, value in response.headers if known.lower() == name.lower()), "")


def cookies_set(response: Response) -> dict[str, str]:
    """Return the cookies that an answer sets."""
    pairs = [value.split(";")[0].partition("=") for name, value in response.headers if name == "Set-Cookie"]
    return {name: value for name, _, value in pairs}


def deepest(told: Any) -> str:
    """Return the useful message of an OData error, which lies deepest."""
    at = told["error"]["innererror"]
    while "internalexception" in at:
        at = at["internalexception"]
    return str(at["message"])


class Caller:
    """Signs in once and calls the application's services."""

    def __init__(self, site: CreatioSite, user: str = FIRST_USER, password: str = FIRST_PASSWORD) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}
        self.headers = {"content-type": "application/json", "forceusesession": "true"}
        self.prefix = "/0" if site.runtime == "framework" else ""
        self.signed_in = self.login(user, password)

    def login(self, user: str = FIRST_USER, password: str = FIRST_PASSWORD, **more: Any) -> Response:
        """Sign in and keep the cookies."""
        body = json.dumps({"UserName": user, "UserPassword": password, **more}).encode()
        url = f"{ORIGIN}{self.site.base_path}/ServiceModel/AuthService.svc/Login"
        response = self.site.handle(Request.of("POST", url, {"content-type": "application/json"}, body))
        self.cookies |= cookies_set(response)
        return response

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        csrf: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send one request to a path below the application's prefix."""
        sent = {
            **self.headers,
            **(headers or {}),
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if csrf:
            sent |= {name.lower(): value for name, value in self.cookies.items() if "CSRF" in name}
        url = f"{ORIGIN}{self.site.base_path}{self.prefix}/{path}"
        data = b"" if body is None else json.dumps(body).encode()
        response = self.site.handle(Request.of(method, url, sent, data))
        self.cookies |= cookies_set(response)
        return response

    def get(self, path: str, **options: str) -> Response:
        """GET below odata/; options by their name without the dollar."""
        query = "&".join(f"${name}={quote(value)}" for name, value in options.items())
        return self.send("GET", f"odata/{path}" + (f"?{query}" if query else ""))

    def rows(self, path: str, **options: str) -> list[dict[str, Any]]:
        """GET a set and return its rows."""
        response = self.get(path, **options)
        assert response.status == 200, response.body
        rows: list[dict[str, Any]] = parsed(response)["value"]
        return rows

    def row(self, table: str, row_id: str, **options: str) -> dict[str, Any]:
        """GET one record."""
        response = self.get(f"{table}({row_id})", **options)
        assert response.status == 200, response.body
        row: dict[str, Any] = parsed(response)
        return row

    def post(self, path: str, body: object, **headers: str) -> Response:
        """POST below odata/."""
        return self.send("POST", f"odata/{path}", body, headers=headers)

    def made(self, path: str, body: object) -> str:
        """POST below odata/ and return the Id of the new record."""
        response = self.post(path, body)
        assert response.status == 201, response.body
        return str(parsed(response)["Id"])

    def patch(self, path: str, body: object) -> Response:
        """PATCH below odata/."""
        return self.send("PATCH", f"odata/{path}", body)

    def delete(self, path: str) -> Response:
        """DELETE below odata/."""
        return self.send("DELETE", f"odata/{path}")

    def batch(self, *requests: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
        """Send a $batch and return its responses."""
        response = self.post("$batch", {"requests": list(requests)}, **headers)
        assert response.status == 200, response.body
        responses: list[dict[str, Any]] = parsed(response)["responses"]
        return responses

    def service(self, path: str, body: object) -> Any:
        """POST to another service and return its JSON."""
        response = self.send("POST", path, body)
        assert response.status == 200, response.body
        return parsed(response)


def part(part_id: str, method: str, url: str, body: object = None, group: str = "") -> dict[str, Any]:
    """Return one request of a batch."""
    told: dict[str, Any] = {"id": part_id, "method": method, "url": url}
    if body is not None:
        told |= {"body": body, "headers": {"Content-Type": "application/json"}}
    return told | ({"atomicityGroup": group} if group else {})
