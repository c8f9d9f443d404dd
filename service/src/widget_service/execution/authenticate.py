"""Stage 4: signing in to the destination. What authentication sets replaces everything else of that name.

A token is obtained here, and once more where the destination refuses it. The wait for others counts as external time.
"""

import asyncio
from time import perf_counter

from widget_service.authentication.base import Credential, bearer
from widget_service.authentication.grant import TokenGrant
from widget_service.authentication.tokens import Tokens
from widget_service.authentication.tokens.token import Token
from widget_service.errors import ServiceError
from widget_service.execution.execution import Execution, SignInStep
from widget_service.execution.secret_destinations import check_secret_destinations
from widget_service.settings import Settings

UNAUTHORIZED = 401


async def authenticate(execution: Execution, tokens: Tokens, settings: Settings) -> None:
    """Add the connector's credential to the resolved request.

    Raises what preparing it and obtaining a token raise, and ``DESTINATION_NOT_ALLOWED`` for a secret that is bound to
    another origin than it would be sent to: that of the token endpoint, or that of the destination.
    """
    prepared = _prepare(execution)
    if isinstance(prepared, TokenGrant):
        execution.grant = prepared
        limit_s = execution.connector.timeout_s or settings.upstream_timeout_s
        execution.until = asyncio.get_running_loop().time() + limit_s
        await _obtain(execution, prepared, tokens)
    elif prepared is not None:
        _apply(execution, prepared)


async def sign_in_again(execution: Execution, tokens: Tokens) -> bool:
    """Sign in with a new token where the destination has refused the one it got; return whether to call again.

    Whoever asks for this holds the body, so that it can be sent again.
    """
    refused, grant = execution.token, execution.grant
    if refused is None or grant is None or execution.upstream.status != UNAUTHORIZED:
        return False
    spent_s = execution.timing.seconds.get("external", 0.0)
    execution.timing.stage_done("external")
    execution.sign_in.append(SignInStep("refused", (execution.timing.seconds["external"] - spent_s) * 1000))
    answer = execution.upstream
    try:
        await _obtain(execution, grant, tokens, refused)
    except ServiceError:  # the destination's own answer says more than that there is no other token
        return False
    await answer.aclose()
    return True


def note_second_refusal(execution: Execution, tokens: Tokens) -> None:
    """Have it remembered for a few seconds where the new token was refused too."""
    if execution.grant is not None and execution.upstream.status == UNAUTHORIZED:
        tokens.note_in_vain(execution.grant)


def _prepare(execution: Execution) -> Credential | TokenGrant | None:
    """Return what signs in, each secret of the request found to be on its way to where it may go."""
    authentication, context = execution.connector.authentication, execution.context
    bound, sent = execution.snapshot.secret_origins, context.secrets_used
    rendered = sent
    prepared = None
    if authentication is not None:
        started, context.secrets_used = perf_counter(), {}
        try:
            prepared = authentication.prepare(context)
            if isinstance(prepared, TokenGrant):
                check_secret_destinations(bound, context.secrets_used, prepared.url)
            else:
                sent = sent | context.secrets_used
                if authentication.signs:
                    execution.sign_in.append(SignInStep("signed", _ms_since(started)))
        finally:  # what is shown of a failure is scrubbed of all of them
            context.secrets_used = rendered | context.secrets_used
    check_secret_destinations(bound, sent, execution.request.base_url)
    return prepared


async def _obtain(execution: Execution, grant: TokenGrant, tokens: Tokens, refused: Token | None = None) -> None:
    timing = execution.timing
    if refused is None:
        timing.stage_done("auth")
    started, stage = perf_counter(), "external"
    try:
        obtained = await tokens.obtain(grant, until=execution.until, refused=refused)
        stage = "auth" if obtained.how == "cached" else "external"
    except ServiceError:
        execution.sign_in.append(SignInStep("failed", _ms_since(started)))
        raise
    finally:
        timing.stage_done(stage)
    execution.sign_in.append(SignInStep(obtained.how, _ms_since(started)))
    if obtained.is_renewing:
        execution.sign_in.append(SignInStep("renewing", 0.0))
    execution.token = obtained.token
    execution.token_values.add(obtained.token.value)
    _apply(execution, bearer(obtained.token.value))


def _apply(execution: Execution, credential: Credential) -> None:
    execution.credential, request = credential, execution.request
    if credential.place == "query":
        name = credential.key.lower()  # a destination that ignores case must not read a caller's instead
        request.query = [pair for pair in request.query if pair[0].lower() != name]
        request.query.append((credential.key, credential.value))
        return
    name = credential.key.lower()
    request.headers = [pair for pair in request.headers if pair[0].lower() != name]
    request.headers.append((credential.key, credential.value))


def _ms_since(started: float) -> float:
    return (perf_counter() - started) * 1000
