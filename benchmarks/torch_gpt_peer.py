"""GPT-2 of `token_speed`, by transformers; torch is needed.

Run by its path, so that what is beside it can be imported.
"""

import peers
import torch
import transformers

_LENGTH, _WIDTH, _LAYERS, _HEADS, _SIZE = 256, 384, 6, 6, 65


def main() -> None:
    """Answers tasks until the input ends."""
    peers.answer(_tasks())


def _tasks() -> dict:
    """{name: function}."""
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=_SIZE,
        n_positions=_LENGTH,
        n_embd=_WIDTH,
        n_layer=_LAYERS,
        n_head=_HEADS,
        bos_token_id=0,
        eos_token_id=None,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)
    windows = torch.randint(_SIZE, (16, _LENGTH))

    def decode(rows):
        with torch.inference_mode():
            model.generate(
                torch.full((rows, 1), 33),
                attention_mask=torch.ones((rows, 1), dtype=torch.long),
                max_new_tokens=_LENGTH - 1,
                do_sample=False,
                use_cache=True,
                pad_token_id=0,
            )

    def train():
        loss = model(windows, labels=windows).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return {
        "decode_1": lambda: decode(1),
        "decode_16": lambda: decode(16),
        "train": train,
    }


if __name__ == "__main__":
    main()
