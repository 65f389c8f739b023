"""The two ways in which an item of a platform is no post for the store."""


class NotAPost(ValueError):
    """The item cannot be read as a post; the message says why, in words for the person who made the file. It is stored: what
    stands in the item is never in it, since anything may stand there, and rows with one fault are counted as one."""


class PrivatePost(Exception):
    """The item is left out on purpose (not public, or deleted by its author); the message is the reason it is counted under."""
