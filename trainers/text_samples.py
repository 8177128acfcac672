"""What models of text write when they are asked."""

from typing import Any


def answers(
    model: Any,
    prompts: list[str],
    num: int,
    num_tokens: int,
    seed: int = 0,
    temperature: float | None = None,
) -> list[str]:
    """Texts that begin with prompts, or the best target of each source.

    Args:
        model: a LanguageModel of text, or a Seq2Seq.
        prompts: or sources.
        num: texts of each prompt.
        num_tokens: behind a prompt, at most.
        seed: of the first text.
        temperature: of texts; the model's own where None.

    Raises:
        ValueError: the model writes no text, or there is no source.
    """
    if not hasattr(model.tokenizer, "to_texts"):
        raise ValueError(
            "`model` must write text. Received: "
            f"{type(model).__name__}. Use trainers.compose."
        )
    if "source" not in model.batch_spec:
        return [
            text
            for prompt in prompts or ["\n"]
            for text in draw(
                model, prompt, num, num_tokens, seed, temperature=temperature
            )
        ]
    if not prompts:
        raise ValueError(
            "`prompt` is missing: a source that is to be answered. Give "
            "--prompt, once or more."
        )
    return [beams[0] for beams in model.search(prompts)]


def draw(
    model: Any,
    prompt: str,
    num: int,
    num_tokens: int,
    seed: int = 0,
    **how: Any,
) -> list[str]:
    """Texts that begin with the prompt, as long as asked or as there is room.

    Args:
        model: a LanguageModel.
        prompt: of all.
        num: of texts.
        num_tokens: behind the prompt, at most.
        seed: of the first.
        **how: of `generate`.
    """
    if model.room is not None:
        used = len(model.tokenizer.encode(prompt))
        num_tokens = max(0, min(num_tokens, model.room - used))
    return model.generate([prompt] * num, num_tokens, seed, **how)
