"""What an event is, where events are kept in order, how they travel. Imports nothing else of the platform."""
