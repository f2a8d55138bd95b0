"""Every platform that settings may name, with what it can do."""

from collections.abc import Mapping

from models.mapping.mapping import LEAST
from models.platform import Capabilities
from tasks.platforms.cartesia.adapter import Cartesia
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.mapped.adapter import Mapped
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.voqo.adapter import Voqo

CAPABILITIES: Mapping[str, Capabilities] = {
    **{one.name: one.capabilities for one in (ElevenLabs, Voqo, Retell, Vapi, Vogent, Cartesia)},
    Mapped.name: LEAST,
}
"""Abilities by the name of the platform, unless a key takes one away; `http` has those of its mapping."""
