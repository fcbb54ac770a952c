"""The check's report in the formats that people and machines read: each module has one `render`."""
