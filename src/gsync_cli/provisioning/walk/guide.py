"""What a person must do where Google or Creatio has no interface for it: the tasks, with every value computed.

The names of fields and buttons are those of the Google Auth Platform (facts/google.md 3.5, 3.6).
"""

from collections.abc import Sequence
from typing import Final

from gsync_cli.provisioning.apis import NEEDED, enable_link
from gsync_cli.provisioning.consent import ConsentScreen, console_link
from gsync_cli.provisioning.redirect_uris import Registration
from gsync_cli.provisioning.walk.model import Choice, Field, StepName, Task

AGAIN: Final = "gsync setup-project"
_NO_API: Final = "Google has no interface for this step, so a person does it in the console."
CONTACTS_DROPPED: Final = (
    "Since version 8.0 Creatio itself no longer synchronises contacts with Google, and its guide asks for no Contacts "
    "API any more; there, these keys are for mail and calendar. gsync gives the contacts back: gsync sync contacts"
)
_CLIENT_NAME: Final = "Creatio"


def sign_in_as_administrator() -> Task:
    """Without an administrator's credentials nothing can be made in Google Cloud."""
    return Task(
        "project",
        "Sign in to Google Cloud as an administrator",
        why="gsync found no administrator's sign-in, so it can neither look at projects nor make one.",
        actions=(
            "With Google's own tool: gcloud auth application-default login",
            'Or with a token of your own: export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"',
            "Or by hand: make the project at the link, and go on with --project ID.",
        ),
        links=("https://console.cloud.google.com/projectcreate",),
        then=AGAIN,
    )


def choose_parent(organizations: Sequence[Choice]) -> Task:
    """Several organizations could be meant, and the choice is final."""
    return Task(
        "project",
        "Choose the organization of the new project",
        why="A project can't be moved out of its organization later, so gsync does not choose among several.",
        fields=tuple(Field(choice.label, f"--organization {choice.value}") for choice in organizations),
        actions=("Add one of these, --folder NUMBER or --no-organization to the command.",),
        then=f"{AGAIN} --organization NUMBER",
    )


def choose_project(title: str, projects: Sequence[Choice]) -> Task:
    """A project of that name may be for another site."""
    return Task(
        "project",
        "Say which project is meant",
        why=f"There is a project “{title}” already, and gsync can't know whether it is for this Creatio.",
        fields=tuple(Field(choice.label, f"--project {choice.value}") for choice in projects),
        actions=("Add one of these to the command, or --name with another name and --yes for a new one.",),
        then=f"{AGAIN} --project ID",
    )


def enable_apis(project: str, reason: str = "") -> Task:
    """The one-click link, where gsync may not enable the APIs itself (facts/google.md 2.7)."""
    return Task(
        "apis",
        "Enable the APIs",
        why=reason,
        links=(enable_link(project, tuple(api.service for api in NEEDED)),),
        actions=("Open the link as an administrator, choose the project if it is asked for, and press Enable.",),
        fields=tuple(Field(api.title, api.service) for api in NEEDED),
        then=AGAIN,
    )


def consent(screen: ConsentScreen, project: str, account: str) -> Task:
    """The wizard of the consent screen (rows P7, P8), and the authorised domain, which stands on a page of its own."""
    internal = screen.user_type == "internal"
    audience = "Internal" if internal else "External"
    about = (
        "Internal keeps the app to the people of the organization; Google asks for no verification."
        if internal
        else "External: Google lets in at most 100 test users, whom you add under Audience, and ends their sign-ins "
        "after seven days; publishing the app there ends that, with a warning page until Google has verified it."
    )
    return Task(
        "consent",
        "Set up the consent screen",
        why=f"{_NO_API} {about}",
        links=(
            console_link("overview/create", project, account),
            console_link("branding", project, account),
        ),
        actions=(
            (
                "Get started: enter the app name and support e-mail, choose the audience, enter the contact e-mail, "
                "agree to the policy, and press Create."
            ),
            "Then under Branding add the authorised domain, and save.",
        ),
        fields=(
            Field("App name", screen.app_name),
            Field("User support email", screen.support_email or "your own address, or a group that you manage"),
            Field("Audience", audience),
            Field(
                "Contact information", ", ".join(screen.developer_emails) or "the address of whoever looks after this"
            ),
            *((Field("Authorised domain", screen.authorised_domain),) if screen.authorised_domain else ()),
        ),
        then=AGAIN,
    )


def scopes(selected: Sequence[str], project: str, account: str, *, by_the_guide: bool = True) -> Task:
    """The scopes of the consent screen (row P9)."""
    which = (
        "every scope of the three APIs but the read-only ones"
        if by_the_guide
        else f"the {len(selected)} that were chosen with gsync scopes select"
    )
    return Task(
        "scopes",
        "Add the scopes",
        why=f"{_NO_API} The list is {which}.",
        links=(console_link("scopes", project, account),),
        actions=(
            "Add or remove scopes, paste the list into “Manually add scopes”, press Add to table, Update, and Save.",
        ),
        lists=(("Scopes", tuple(selected)),),
        then=AGAIN,
    )


def make_client(
    required: Registration, project: str, account: str, *, assumed: str = "", undocumented: bool = False
) -> Task:
    """Creatio's client (rows P10-P12, P14). `assumed` is the version that was taken because the site's is not known.

    `undocumented`: it is a site on .NET, for which Creatio's guide names no addresses.
    """
    guess = f" The version of the site is not known; these redirect URIs are those of {assumed} and later."
    both = " Creatio documents no redirect URIs without /0 for .NET, so both forms are listed: enter all."
    return Task(
        "client",
        "Make the OAuth client for Creatio, and download its file",
        why=f"{_NO_API} The secret is shown only once: download the file at once."
        f"{guess if assumed else ''}{both if undocumented else ''}",
        links=(console_link("clients/create", project, account),),
        actions=("Choose the application type, enter the values, press Create, then Download JSON.",),
        fields=(
            Field("Application type", "Web application"),
            Field("Name", _CLIENT_NAME),
            *(Field("Authorised JavaScript origin", origin) for origin in required.javascript_origins),
            *(Field("Authorised redirect URI", uri) for uri in required.redirect_uris),
        ),
        then=f"{AGAIN} --client-json FILE",
        asks="web",
    )


def replace_client(client_id: str, project: str, account: str) -> Task:
    """Google knows no client of this id (any more)."""
    return Task(
        "client",
        "Give the file of a client that Google knows",
        why=f"Google knows no client {client_id}: it was deleted, or the file is not what was downloaded. What can be "
        "made again is made under Clients; deleted ones can be restored there for about 30 days.",
        links=(console_link("clients", project, account),),
        actions=("Download the client's file once more, or restore it, or make a new one.",),
        then=f"{AGAIN} --client-json FILE",
        asks="web",
    )


def add_addresses(uris: Sequence[str], origins: Sequence[str], client_id: str, project: str, account: str) -> Task:
    """A client that lacks what this version of Creatio needs (row P13)."""
    return Task(
        "client",
        "Add what the OAuth client lacks",
        why="Google compares these byte by byte, and refuses a sign-in from Creatio whose address is not among them.",
        links=(console_link("clients", project, account),),
        actions=(f"Open the client {client_id}, add the values, and save. It may take some minutes to work.",),
        fields=(
            *(Field("Authorised redirect URI", uri) for uri in uris),
            *(Field("Authorised JavaScript origin", origin) for origin in origins),
        ),
        then=AGAIN,
    )


def make_own_client(project: str, account: str) -> Task:
    """Gsync's own client, with which the users sign in (facts/google.md 3.8)."""
    return Task(
        "client",
        "Make a second client, for gsync's own sign-in",
        why="Synchronising needs it, Creatio does not. It is a second one because an address of this machine in "
        "Creatio's client can lock some scopes.",
        links=(console_link("clients/create", project, account),),
        actions=("Choose the application type, enter the name, press Create, then Download JSON.",),
        fields=(Field("Application type", "Desktop app"), Field("Name", "gsync")),
        then="gsync keys import FILE",
        asks="installed",
        needed=False,
    )


def give_secret(client_id: str, project: str, account: str) -> Task:
    """A client whose file holds no secret, or whose secret Google refuses."""
    return Task(
        "keys",
        "Get a secret for the OAuth client",
        why="Google shows a secret only when it is made; the one known here is missing or refused.",
        links=(console_link("clients", project, account),),
        actions=(f"Open the client {client_id}, press Add secret, and copy it at once (or download the file).",),
        fields=(Field("Client ID", client_id),),
        then=f"gsync keys set --client-id {client_id}",
    )


def name_site(step: StepName = "consent") -> Task:
    """The address of the site is not known."""
    return Task(
        step,
        "Say where Creatio is",
        why="The authorised domain, the origin and the redirect URIs follow from the address of the site, and the "
        "project is found by it from another machine.",
        actions=("Add the address of the site to the command.",),
        then=f"{AGAIN} --creatio-url https://…",
        asks="site",
    )


def connect_creatio(url: str, *, has_site: bool) -> Task:
    """There is no session with Creatio, so the keys can't be entered."""
    return Task(
        "creatio-keys",
        "Connect the Creatio site",
        why="gsync enters the keys there as an administrator of the site.",
        actions=("Sign in once; the password is asked for, or read from standard input with --password-stdin.",),
        then=f"gsync creatio connect {url if has_site else 'URL'} --username LOGIN",
        asks="nothing",
    )


def confirm_keys(former: str, client_id: str) -> Task:
    """Another client is in use at the site, and replacing it ends sign-ins."""
    return Task(
        "creatio-keys",
        "Decide when Creatio gets the new client",
        why=f"Creatio uses the client {former}. Mailboxes and Google accounts connected with it must sign in again "
        f"once {client_id} stands there.",
        actions=("Choose a time, tell the users, then replace it.",),
        then="gsync creatio push-keys --yes",
    )


def confirm_provider(mailboxes: str) -> Task:
    """Linking the provider ends the sign-in of mailboxes that work today."""
    return Task(
        "mail-provider",
        "Decide when the Gmail provider is linked",
        why=f"{mailboxes} must sign in again afterwards, and get no mail until then.",
        actions=("Choose a time, tell the users, then link it.",),
        then="gsync creatio mail-provider --yes",
    )
