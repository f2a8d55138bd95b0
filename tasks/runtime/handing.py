"""What operators may hand over of a workspace's jobs, and how it is read."""

from dataclasses import dataclass

from models.handovers.retell import RETELL
from models.handovers.tables import Columns
from models.handovers.vocabulary import Vocabulary
from models.handovers.voqo import VOQO
from models.policy.policy import Policy
from tasks.platforms.mapped.adapter import Mapped
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.voqo.adapter import Voqo
from tasks.runtime.mappings import columns_of, load_mapping
from tasks.runtime.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class Handing:
    """How files of a workspace's jobs are read; `upload_only` where all else comes from the platform."""

    columns: Columns
    vocabulary: Vocabulary
    upload_only: bool = False


def handing_of(settings: Settings, policy: Policy) -> Handing | None:
    """Return how what operators hand over is read, None where jobs are read from the platform alone."""
    if settings.platform == Retell.name:
        return Handing(Columns(region=policy.default_region), RETELL)
    if settings.platform in {Vapi.name, Vogent.name}:
        return Handing(Columns(region=policy.default_region), VOQO, upload_only=True)
    if settings.platform == Voqo.name:
        return Handing(settings.voqo.columns(policy.default_region), VOQO)
    if settings.platform == Mapped.name:
        mapping = load_mapping(settings.platform_mapping)
        if mapping.document.rows.payload == "upload":
            return Handing(columns_of(mapping, policy), VOQO, upload_only=True)
    return None
