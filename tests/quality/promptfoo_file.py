"""A result file as promptfoo writes it, built from its published types (EvaluateSummaryV3).

Results stand one a cell of its table: a row is a test, a column a provider with a prompt. So
``promptIdx`` counts the columns, and the same prompt has one ``promptId`` in all of them. What no
provider said is 0 where it is a cost, and absent where it is a refusal; an answer out of the cache
has its tokens in ``cached``, and no prompt and completion.
"""

import hashlib

GPT = {"id": "openai:chat:gpt-5.4", "label": ""}
LLAMA = {"id": "openai:chat:served-name", "label": "Llama 3.3 70B"}
PROMPTS = ("Answer: {{q}}", "Think, then answer: {{q}}")


def cell(place, test, provider, prompt, *, passed, **more):
    """One result; `place` is its column."""
    question = f"Question {test}"
    reason = "All assertions passed" if passed else "Expected output to contain it"
    return {
        "cost": 0.001 if provider is GPT else 0,
        "gradingResult": {"pass": passed, "score": float(passed), "reason": reason},
        "id": f"00000000-0000-4000-8000-{test:06}{place:06}",
        "latencyMs": 500,
        "namedScores": {},
        "prompt": {"raw": prompt.replace("{{q}}", question), "label": prompt},
        "promptId": hashlib.sha256(prompt.encode()).hexdigest(),
        "promptIdx": place,
        "provider": provider,
        "response": {
            "output": "x",
            "cached": False,
            "tokenUsage": {"prompt": 90, "completion": 10, "total": 100, "numRequests": 1},
            "finishReason": "stop",
        },
        "score": float(passed),
        "success": passed,
        "testCase": {
            "vars": {"q": question},
            "assert": [{"type": "contains", "value": str(test)}],
            "metadata": {"difficulty": ("easy", "medium", "hard")[test % 3]},
        },
        "testIdx": test,
        "vars": {"q": question},
        "metadata": {},
        "failureReason": 0 if passed else 1,
        **({} if passed else {"error": reason}),
    } | more


def table(tests=6, providers=(GPT, LLAMA), prompts=PROMPTS[:1]):
    """Results of a whole table: GPT passes all tests but the first, Llama every other."""
    columns = [(provider, prompt) for provider in providers for prompt in prompts]
    return [
        cell(place, test, provider, prompt, passed=bool(test if provider is GPT else test % 2))
        for test in range(tests)
        for place, (provider, prompt) in enumerate(columns)
    ]


def promptfoo_file(results=None):
    """The file around results."""
    return {
        "evalId": "eval-abc-2026-11-20T10:00:00",
        "results": {
            "version": 3,
            "timestamp": "2026-11-20T10:00:00.000Z",
            "prompts": [],
            "results": table() if results is None else results,
            "stats": {"successes": 8, "failures": 4, "errors": 0},
        },
        "config": {},
        "shareableUrl": None,
        "metadata": {"promptfooVersion": "0.123.1"},
    }
