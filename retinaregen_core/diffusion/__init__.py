"""Forward and reverse diffusion as pure functions: nothing here knows a network, a file or a device."""
