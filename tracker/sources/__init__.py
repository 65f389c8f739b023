"""The public APIs that are asked, one file each, with a note beside it of what it gives, its limits and terms."""
