"""One tiny question to an endpoint, so that whoever sets it up sees what comes back."""

import asyncio
from dataclasses import dataclass

from annotation.judges.client import endpoints
from annotation.judges.client.calls import Answer, CallFailed, Fault
from annotation.judges.client.endpoints import Access
from annotation.judges.client.keys import KeyUnreadable
from annotation.judges.config.registry import loaded
from annotation.models import Endpoint
from annotation.models.prompts import Message

QUESTION: list[Message] = [{"role": "user", "content": "Say: yes."}]
SECONDS = 30.0
LONGEST = 200
# Where no judge names the pool.
FALLBACK = "gpt-4-1106-preview"


@dataclass(frozen=True)
class EndpointTrial:
    """`fault` by its name where nothing came; else what was said, by which model, and how long that took."""

    ok: bool
    says: str
    fault: str = ""
    model: str = ""
    seconds: float = 0.0


def try_out(endpoint: Endpoint, model: str) -> EndpointTrial:
    """Asks once and gives up after half a minute; an endpoint that is switched off may be tried too."""
    try:
        return told(asyncio.run(asked(endpoints.access(endpoint), model)))
    except KeyUnreadable as error:
        return EndpointTrial(False, str(error), str(Fault.KEY))
    except CallFailed as failure:
        return EndpointTrial(False, str(failure), str(failure.fault))
    except TimeoutError:
        return EndpointTrial(False, f"The endpoint {endpoint} gave no answer in {SECONDS:.0f} s.", str(Fault.TIMEOUT))


async def asked(access: Access, model: str) -> Answer:
    """The client library is imported here: it costs a second."""
    from annotation.judges.client import chat, transport

    async with asyncio.timeout(SECONDS), transport.connect(access) as connection:
        answer, _ = await chat.ask(connection, access, model, QUESTION, {"max_tokens": 8})
        return answer


def told(answer: Answer) -> EndpointTrial:
    if answer.refusal:
        return EndpointTrial(
            False, str(answer.refusal), str(answer.refusal.fault), answer.model, round(answer.latency, 2)
        )
    return EndpointTrial(True, answer.text[:LONGEST], "", answer.model, round(answer.latency, 2))


def model_of(pool: str) -> str:
    """A model that a judge of the pool is asked with."""
    return next((judge.model for judge in loaded() if judge.model and judge.endpoint == pool), FALLBACK)
