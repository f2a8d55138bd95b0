"""Every platform that settings may name, with what it can do."""

from collections.abc import Mapping

from models.platform import Capabilities
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.voqo.adapter import Voqo

CAPABILITIES: Mapping[str, Capabilities] = {one.name: one.capabilities for one in (ElevenLabs, Voqo, Retell)}
"""Abilities by the name of the platform, as long as no key takes one away."""
