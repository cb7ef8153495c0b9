"""The redirect URIs of a site: its address, its version, its runtime."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "version-form": Words(
        "“{version}” is not a version of Creatio.", "Write it as 7.17.1 or 8.1.3.6734; Creatio shows it under About"
    ),
    "version-incomplete": Words(
        "“{version}” is not enough of a version: the redirect URIs changed with 7.17.1, so within 7 the next numbers "
        "matter.",
        "Write it as 7.16, 7.17.0 or 7.18.2; Creatio shows it under About",
    ),
    "version-not-updated": Words(
        "The connected site is still at {version}, so there is no update to compare with.",
        "Name the version it will have: gsync redirect-uris --upgrade-from {version} --version V",
    ),
    "version-needed": Words(
        "The version of Creatio is not known, and the redirect URIs depend on it.",
        "gsync redirect-uris --version 8.1.3, or gsync creatio connect URL first",
    ),
    "runtime-form": Words("“{runtime}” is not a runtime: there are framework and net.", "--runtime framework"),
    "url-form": Words("“{url}” is not the address of a site.", "Write it as https://crm.example.com"),
    "url-with-user": Words(
        "“{url}” has a user name in it, which Google does not register.", "Leave out what stands before the @"
    ),
    "url-redirect-uri": Words(
        "“{url}” is a redirect URI (or a page of the sign-in), not the address of the site.",
        "Give the address of the site: --url {site}",
    ),
    "url-with-query": Words(
        "“{url}” has a query in it; the address of a site has none.", "Leave out everything from the ? on"
    ),
    "url-with-fragment": Words(
        "“{url}” has a fragment in it, which Google does not register.", "Leave out everything from the # on"
    ),
    "url-with-wildcard": Words(
        "“{url}” has a * in it: Google registers whole addresses only.", "Name each site: --url … --url …"
    ),
    "url-with-dots": Words("“{url}” has .. in its path, which Google does not register.", "Write the path out"),
    "url-not-https": Words(
        "“{url}” has no https, and Google registers nothing else for a site.",
        "Give the site a certificate; Creatio on plain http can't be connected with Google",
    ),
    "url-ip-address": Words("“{url}” is an IP address, and Google registers names only.", "Use the name of the site"),
    "url-not-public": Words(
        "“{url}” has no public domain; Google takes hosts under one (.com, .de …) only.",
        "Use the full name of the site, such as https://crm.example.com",
    ),
}
