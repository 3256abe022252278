"""Live answers: one checkpoint's tokens as server-sent events.

A plain Django view, since Django REST framework has no asynchronous ones.
"""

import time
from collections.abc import AsyncIterator
from math import ceil
from typing import Annotated

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from msgspec import Meta
from rest_framework.authentication import CSRFCheck
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from annotation.models.prompts import Message
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.accounts.sign_in.tokens import TokenAuthentication
from studio.http.permissions import refusal
from studio.http.unrouted_problems import problem
from training.checkpoints import chat_templates, model_server
from training.checkpoints.shares import usable
from training.models import Checkpoint


class ChatRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`score_with` is the id of a reward model's checkpoint."""

    messages: Annotated[list[Message], Meta(min_length=1)]
    temperature: Annotated[float, Meta(ge=0, le=5)] = 0.7
    max_tokens: Annotated[int, Meta(ge=1, le=8192)] = 256
    seed: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    score_with: int | None = None


@csrf_exempt  # A token needs no CSRF check; `authenticated` makes it for a session.
@require_POST
async def chat(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Events `piece` {text}, then `end` {seconds, first_piece_seconds, score}; or `error` {detail}."""
    try:
        user = await authenticated(request)
    except APIException as refused:
        answer = problem(refused.status_code, str(refused.detail))
        if seconds := getattr(refused, "wait", None):
            answer.headers["Retry-After"] = str(ceil(seconds))
        return answer
    if user is None:
        return problem(401, "Sign in, or send a token.")
    if why := refusal(user, Capability.USE_MODELS, "POST"):
        return problem(403, why)
    try:
        wanted = msgspec.json.decode(request.body, type=ChatRequest)
    except msgspec.DecodeError as error:
        return problem(400, str(error))
    known = usable().select_related("original")
    policy = await known.filter(pk=pk, kind=Checkpoint.Kind.POLICY).afirst()
    judge = await known.filter(pk=wanted.score_with or 0, kind=Checkpoint.Kind.REWARD).afirst()
    if policy is None or (wanted.score_with and judge is None):
        return problem(404, "No such checkpoint.")
    template = await sync_to_async(chat_templates.for_chat)(policy)
    return StreamingHttpResponse(
        events(policy, judge, wanted, template),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def authenticated(request: HttpRequest) -> User | None:
    """Who asks: by bearer token, else by session, which must prove that one of our pages sent the request.

    Raises AuthenticationFailed or Throttled for a token that nobody has.
    """
    if found := await sync_to_async(TokenAuthentication().authenticate)(Request(request)):
        return found[0]
    # Read already, with their place, by the middleware.
    user = request.user
    return user if isinstance(user, User) and is_from_our_pages(request) else None


def is_from_our_pages(request: HttpRequest) -> bool:
    check = CSRFCheck(unguarded)
    check.process_request(request)
    # `chat` itself is exempt, so the check is asked about a view that is not.
    return check.process_view(request, unguarded, (), {}) is None


def unguarded(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({})


async def events(
    policy: Checkpoint, judge: Checkpoint | None, wanted: ChatRequest, template: str
) -> AsyncIterator[bytes]:
    started, first, answer = time.monotonic(), None, ""
    try:
        async for piece in model_server.stream(
            policy,
            wanted.messages,
            temperature=wanted.temperature,
            max_tokens=wanted.max_tokens,
            seed=wanted.seed,
            template=template,
        ):
            first = first if first is not None else time.monotonic() - started
            answer += piece
            yield event("piece", {"text": piece})
        seconds = time.monotonic() - started
        reply: Message = {"role": "assistant", "content": answer}
        score = await model_server.score(judge, [*wanted.messages, reply]) if judge else None
        yield event("end", {"seconds": seconds, "first_piece_seconds": first, "score": score})
    except model_server.ModelServerError as error:
        yield event("error", {"detail": str(error)})


def event(name: str, data: dict[str, object]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
