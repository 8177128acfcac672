"""Which tests share a process, and how TensorFlow prepares graphs there."""

import pytest
import tensorflow as tf

# A sixth of the time would go into making graphs faster that run a few times.
# Programs under test and processes of their own do as TensorFlow does.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """One process for all that shares what is dear to make.

    That is a row of the conformance suite, whose model is trained and exported
    once, and elsewhere a file with its fixtures.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            _, _, row = test.rstrip("]").partition("[")
            return row if row and "/conformance/" in file else file

    return Scheduling(config, log)
