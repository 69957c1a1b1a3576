"""From a file to framed pixels and back: pure functions over uint8 arrays; nothing here knows a network."""
