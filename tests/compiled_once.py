"""A plugin of Datasette for tests: each process compiles a template once, and not anew for each instance, which took longer than
all else that a test asks of its first page."""

from typing import ClassVar

from datasette import hookimpl
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """What has been compiled, by template and by what it says."""

    kept: ClassVar[dict[tuple[str, str], bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template what was made of it."""
        if (made := self.kept.get((bucket.key, bucket.checksum))) is not None:
            bucket.bytecode_from_string(made)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was made of a template."""
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Environment) -> None:
    """Tell a new instance of it."""
    env.bytecode_cache = Compiled()
