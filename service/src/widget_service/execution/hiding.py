"""What must not be shown of an execution: the secrets that it read, and the values that were made of them."""

from typing import Any

from widget_service.execution.execution import Execution
from widget_service.execution.explanation import explain
from widget_service.templating.masking import Scrubber


def hidden_values(execution: Execution, explained: dict[str, Any]) -> list[str]:
    """Return the secrets that the execution read, the tokens that it sent, and what ``explained`` does not show."""
    values = list(execution.context.secrets_used.values()) if hasattr(execution, "context") else []
    values += execution.token_values
    if execution.composite is not None:
        for step in execution.composite.runner.executions.values():
            values += hidden_values(step, explain(step))
    if "url" in explained:
        request = execution.request
        for sent, told in ((request.headers, "headers"), (request.query, "query_parameters")):
            for (_, value), shown in zip(sent, explained[told], strict=True):
                if value and shown["value"] != value:
                    values += [value, value.partition(" ")[2]]
    return values


def scrubbed(value: Any, hidden: Scrubber) -> Any:
    """Return JSON values with the mask in the place of what is hidden, in names too."""
    if isinstance(value, str):
        return hidden.scrub(value)
    if isinstance(value, dict):
        return {hidden.scrub(name): scrubbed(inner, hidden) for name, inner in value.items()}
    if isinstance(value, list):
        return [scrubbed(inner, hidden) for inner in value]
    return value
