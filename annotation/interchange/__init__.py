"""Files in and out: formats, staging and import, streamed export. What a version holds is decided in `datasets`."""
