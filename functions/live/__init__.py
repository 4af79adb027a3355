"""What happens, told to browsers as it happens: Socket.IO, fed by the log."""
