"""What each command's help shows beside its options: its section, examples that work, exit codes."""

from dataclasses import dataclass
from textwrap import fill

NARROW = 74
"""Columns of what is not filled by the help itself."""

LOOK, RECOVER, DECIDE, TELL, RUN = GROUPS = ("Look", "Recover", "Decide", "Tell", "Run")
"""Sections of `ringback --help`, in the order in which a command is needed."""

CLIMBED = (
    "0  recovered, or healthy",
    "1  a fault of ours",
    "2  usage or settings",
    "3  a person must decide: held, or waits for approval",
    "4  escalated to engineering",
    "130  interrupted; it can be resumed",
)
SCENARIO_NAMES = (
    "healthy",
    "finished",
    "outside-window",
    "permit-leak",
    "dead-dispatcher",
    "fell-short",
    "invalid-segment",
    "poison",
    "provider-outage",
    "config-fault",
    "flagged-caller",
    "duplicate-job",
    "duplicate-upload",
)
"""What the sandbox can play: named here, so that help loads no sandbox; a test compares."""
CHECKED = ("0  all is well", "1  something is not, and is named", "2  usage or settings")

ROOT = """\b
Exit codes:
  0  done, recovered or healthy        3  a person must decide
  1  a fault of ours                   4  escalated to engineering
  2  usage or settings                 130  interrupted

\b
Variables:
  RINGBACK_PLATFORM_KEY  key of the platform's workspace
  RINGBACK_HOME          where ledger, keys and packages are kept
  RINGBACK_POLICY        the policy's file; `ringback policy` shows what holds

A RECOVERY may be cut to its first characters where they fit one alone: r_6b3f.
Every command takes --json. docs/agents.md says what each state means."""


@dataclass(frozen=True, slots=True)
class Page:
    """The help of one command beside its options."""

    section: str
    examples: tuple[str, ...]
    exits: tuple[str, ...] = ()
    more: str = ""


PAGES = {
    "jobs": Page(LOOK, ("ringback jobs", "ringback jobs --all --workspace acme --json")),
    "stats": Page(LOOK, ("ringback stats", "ringback stats --since 30 --workspace acme")),
    "triage": Page(
        LOOK, ("ringback triage btcal_9f31", "ringback triage btcal_9f31 --workspace acme --json")
    ),
    "plan": Page(LOOK, ("ringback plan btcal_9f31", "ringback plan btcal_9f31 --csv people.csv")),
    "status": Page(
        LOOK,
        ("ringback status", "ringback status --state held --workspace acme", "ringback status r_6b3f"),
    ),
    "watch": Page(
        LOOK, ("ringback watch r_6b3f", "ringback watch r_6b3f --once", "ringback watch r_6b3f --link")
    ),
    "doctor": Page(LOOK, ("ringback doctor",), ("0  all is right", "1  something is not, and is named")),
    "waiting": Page(LOOK, ("ringback waiting", "ringback waiting --workspace acme")),
    "audit": Page(
        LOOK,
        (
            "ringback audit r_6b3f --verify",
            "ringback audit r_6b3f --export-head head.json",
            "ringback audit r_6b3f --verify --head head.json",
            "ringback audit opt-outs",
        ),
        ("0  every entry holds", "1  one does not, and is named"),
    ),
    "policy": Page(LOOK, ("ringback policy", "ringback policy --purpose transactional")),
    "contacts": Page(
        LOOK,
        (
            "ringback contacts list.csv --region AU",
            "ringback contacts list.csv --clean good.csv --problems bad.csv",
            "ringback contacts some.csv --for btcal_9f31",
        ),
    ),
    "platform": Page(LOOK, ("ringback platform list",)),
    "platform list": Page(LOOK, ("ringback platform list",)),
    "platform check": Page(LOOK, ("ringback platform check btcal_9f31",)),
    "platform confirm-restored": Page(LOOK, ('ringback platform confirm-restored --by "Ana Ruiz"',)),
    "mapping": Page(LOOK, ("ringback mapping check dialler.toml",)),
    "mapping check": Page(LOOK, ("ringback mapping check dialler.toml --job 4711",)),
    "recover": Page(
        RECOVER,
        (
            "ringback recover btcal_9f31",
            "ringback recover btcal_9f31 --ticket zendesk:4711",
            "ringback recover btcal_9f31 --contacts people.csv",
            "ringback recover btcal_9f31 --yes --no-prefect --json",
        ),
        CLIMBED,
    ),
    "resume": Page(RECOVER, ("ringback resume r_6b3f",), CLIMBED),
    "cancel": Page(
        RECOVER, ("ringback cancel r_6b3f", 'ringback cancel r_6b3f --by "Ana Ruiz" --reason "wrong list"')
    ),
    "observe": Page(
        RECOVER,
        ("ringback observe 4711 --status Stuck --upload people.csv --expected 120",),
        more="docs/platform-voqo.md says what to read off the dashboard.",
    ),
    "confirm-stopped": Page(RECOVER, ('ringback confirm-stopped r_6b3f --by "Ana Ruiz"',), CLIMBED),
    "sweep": Page(RECOVER, ("ringback sweep", "ringback sweep --act propose --workspace acme")),
    "approve": Page(
        DECIDE,
        (
            'ringback approve r_6b3f --by "Ana Ruiz" --reason "permits were reset"',
            'ringback approve r_6b3f --by Ana --reason "read it" --plan 4f2a91c0b7de',
        ),
    ),
    "decline": Page(DECIDE, ('ringback decline r_6b3f --by "Ana Ruiz" --reason "the list is wrong"',)),
    "decide": Page(
        DECIDE,
        (
            "ringback decide r_6b3f",
            'ringback decide r_6b3f --row 28 --as redial --by Ana --because "none heard"',
            'ringback decide r_6b3f --all --as never --by Ana --because "they asked"',
        ),
    ),
    "suppress": Page(
        DECIDE,
        (
            'ringback suppress +61412345678 --why "asked not to be called"',
            "ringback suppress --check +61412345678",
            'ringback suppress --remove +61412345678 --by Ana --reason "a typing error"',
            "ringback suppress --list",
        ),
    ),
    "escalate": Page(
        TELL,
        (
            'ringback escalate btcal_9f31 --reason "no call since noon"',
            "ringback escalate r_6b3f --screenshot page.png",
        ),
    ),
    "package": Page(TELL, ("ringback package verify recovery-diag-btcal_9f31.zip",)),
    "package verify": Page(
        TELL,
        ("ringback package verify recovery-diag-btcal_9f31.zip",),
        (
            "0  it holds",
            "1  something in it does not, and is named",
            "2  it is no package, or cannot be read",
        ),
    ),
    "report": Page(
        TELL,
        ("ringback report r_6b3f", "ringback report r_6b3f --format html --voice engineer --out report.html"),
    ),
    "outbox": Page(TELL, ("ringback outbox", "ringback outbox --once")),
    "metrics": Page(TELL, ("ringback metrics", "ringback metrics --port 9464")),
    "demo": Page(RUN, ("ringback demo",)),
    "sandbox": Page(
        RUN,
        ("ringback sandbox", "ringback sandbox --scenario provider-outage --contacts 200 --port 0"),
        more=fill(
            f"\b\nKnown scenarios: {', '.join(SCENARIO_NAMES)}.",
            NARROW,
            break_on_hyphens=False,
            replace_whitespace=False,
        ),
    ),
    "up": Page(RUN, ("ringback up", "ringback up --port 4300 --act report")),
    "mcp": Page(RUN, ("ringback mcp", "ringback mcp --url http://127.0.0.1:8484 --allow operate")),
    "gateway": Page(RUN, ("ringback gateway --port 8484",)),
    "hook": Page(RUN, ("ringback hook test zendesk",)),
    "hook test": Page(
        RUN,
        ("ringback hook test zendesk", "ringback hook test zendesk --body ticket.json --send"),
        (
            "0  it would ask for a recovery",
            "2  usage or settings",
            "3  it would start nothing, and why is said",
        ),
    ),
    "token": Page(RUN, ("ringback token list",)),
    "token add": Page(RUN, ("ringback token add --name desk --scope read,operate --days 90",)),
    "token list": Page(RUN, ("ringback token list",)),
    "token revoke": Page(RUN, ("ringback token revoke desk",)),
    "token confirm": Page(RUN, ("ringback token confirm desk", "ringback token confirm --all")),
    "keys": Page(RUN, ("ringback keys list",)),
    "keys list": Page(RUN, ("ringback keys list",)),
    "keys rotate": Page(RUN, ("ringback keys rotate",)),
    "backup": Page(RUN, ("ringback backup ringback.backup",)),
    "restore": Page(RUN, ("ringback restore ringback.backup",)),
}
"""Page by command; a test holds them to the commands that there are."""
