"""Waits for the end of a YARN application in Airflow's triggerer, so that no worker waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from airflow.triggers.base import BaseTrigger, TriggerEvent

ENDED = {"FINISHED", "FAILED", "KILLED"}

# Answers of the ResourceManager that may fail in a row: it may be restarted meanwhile.
MOST_FAILURES = 20


class YarnApplicationTrigger(BaseTrigger):
    """Fires once, with the application's end: `application_id`, `status` and `diagnostics`.

    The triggerer has no secrets of YARN: a ResourceManager that asks for Kerberos is not supported.
    """

    def __init__(self, resource_manager: str, application_id: str, seconds: float) -> None:
        super().__init__()
        self.resource_manager = resource_manager
        self.application_id = application_id
        self.seconds = seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "spark_lora_airflow.trigger.YarnApplicationTrigger",
            {
                "resource_manager": self.resource_manager,
                "application_id": self.application_id,
                "seconds": self.seconds,
            },
        )

    async def on_kill(self) -> None:
        """Ends the application when somebody ends the waiting task, as Airflow's operator does."""
        url = f"{self.resource_manager}/ws/v1/cluster/apps/{self.application_id}/state"
        async with httpx.AsyncClient(timeout=20, follow_redirects=True) as client:
            await client.put(url, json={"state": "KILLED"})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        url = f"{self.resource_manager}/ws/v1/cluster/apps/{self.application_id}"
        failures = 0
        async with httpx.AsyncClient(timeout=30, follow_redirects=True) as client:
            while True:
                try:
                    answer = (await client.get(url)).raise_for_status().json()["app"]
                    state, final = answer["state"], answer["finalStatus"]
                except (httpx.HTTPError, ValueError, KeyError, TypeError) as failure:
                    failures += 1
                    if failures > MOST_FAILURES:
                        yield self._end("UNKNOWN", str(failure))
                        return
                else:
                    failures = 0
                    if state in ENDED:
                        yield self._end(final, answer.get("diagnostics", ""))
                        return
                await asyncio.sleep(self.seconds)

    def _end(self, status: str, diagnostics: str) -> TriggerEvent:
        return TriggerEvent(
            {
                "application_id": self.application_id,
                "status": status,
                "diagnostics": diagnostics,
            }
        )
