"""A rollout: every process is replaced while a resident writes."""

import pytest

from tests.faults.rolling import Cluster, replace_each
from tests.running import free_port


@pytest.fixture
def cluster(tmp_path):
    with free_port() as port:
        made = Cluster(tmp_path, port)
        try:
            yield made
        finally:
            made.close()


def test_each_process_is_replaced_while_a_resident_writes(cluster):
    """Nothing lost, nothing doubled, in order, and no gap."""
    replace_each(cluster)
