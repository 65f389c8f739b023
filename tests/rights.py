"""A command that may do with files what their modes allow."""

import os

AS_A_USER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""What starts it (`before`): root, who runs the tests of a container, may else read and write everything."""
