"""Clears a task of a DAG's last run once it waits for another try: DAG TASK MAP_INDEX"""

import sys
import time

from airflow.models.dagbag import DBDagBag
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select

dag_id, task_id, map_index = sys.argv[1], sys.argv[2], int(sys.argv[3])
PATIENCE_SECONDS = 300


def last():
    """Its run, state and number of tries."""
    with create_session() as session:
        found = session.scalars(
            select(TaskInstance)
            .where(TaskInstance.dag_id == dag_id, TaskInstance.task_id == task_id)
            .where(TaskInstance.map_index == map_index)
            .order_by(TaskInstance.run_id.desc())
        ).first()
        assert found, f"no {task_id} of {dag_id}"
        return found.run_id, found.state, found.try_number


deadline = time.monotonic() + PATIENCE_SECONDS
run_id, state, tries = last()
while state != "up_for_retry":
    assert time.monotonic() < deadline, f"It does not wait for another try: {state}"
    time.sleep(0.5)
    run_id, state, tries = last()
assert tries == 1, tries
task = task_id if map_index < 0 else (task_id, map_index)
with create_session() as session:
    dag = DBDagBag(load_op_links=False).get_latest_version_of_dag(dag_id, session=session)
    cleared = dag.clear(task_ids=[task], run_id=run_id, session=session)
assert cleared == 1, cleared
print("cleared")
