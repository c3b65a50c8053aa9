"""By which protocol windows are cut: all there are, and the one followed unless told otherwise."""

from typing import Literal, get_args

ProtocolName = Literal["production", "block"]
PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)
USUAL: ProtocolName = "production"
