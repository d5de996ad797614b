"""What to train: everything that decides what the weights become, and where they go."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.options import Augment, Loss, Normalise, Schedule


@dataclass(frozen=True)
class NetworkPlan:
    """The network.

    Attributes:
        hidden: Units of each hidden layer; none for softmax regression.
        normalise: What is done to crops before the first layer.
        batch_norm: Whether each hidden layer is normalised before it is rectified (Ioffe, Szegedy 2015).
        dropout: Share of each hidden layer, 0 to less than 1, that rests in a training step (Srivastava et
            al. 2014).
        loss: What the cross entropy is computed from.
        geometry: Whether it takes a candidate's geometry beside its crop.
    """

    hidden: tuple[int, ...] = (128, 64)
    normalise: Normalise = Normalise.SCALE
    batch_norm: bool = False
    dropout: float = 0.0
    loss: Loss = Loss.PROBABILITIES
    geometry: bool = False


@dataclass(frozen=True)
class OptimiserPlan:
    """Adam (Kingma, Ba 2015), and what goes with it.

    Attributes:
        learning_rate: At the first step; more than 0.
        schedule: How it goes on; falling along half a cosine is from Loshchilov, Hutter (2017).
        weight_decay: Share of each weight, times the learning rate, that each step takes away (AdamW;
            Loshchilov, Hutter 2019).
    """

    learning_rate: float = 1e-3
    schedule: Schedule = Schedule.CONSTANT
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Start:
    """A network to go on from.

    Attributes:
        named: What the user called it.
        sha256: Of its file.
        network: What is fixed by its layers; the rest of the plan is as good as any.
        classes: Units of its last layer.
        weights: Of all its layers in order, as ``get_weights`` gives them.
        transcriber: Those of the model's transcriber; None without one.
    """

    named: Path
    sha256: str
    network: NetworkPlan
    classes: int
    weights: list[NDArray[np.float32]]
    transcriber: list[NDArray[np.float32]] | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """All of it.

    Attributes:
        output: The model directory to write.
        data: Where the digits are, as ``load_digits`` takes it.
        network: The network.
        start: Another network whose weights are the first ones; None for random ones.
        optimiser: How its weights are found.
        epochs: Times that each example is seen, at the most.
        batch_size: Examples a step.
        patience: Epochs without a better validation loss after which training stops, and the best weights
            are kept; None to train all epochs and keep the last.
        seed: Same seed, same examples in the same order from the same weights.
        augment: How the digits are varied anew in each epoch.
        degrade: Share of them, 0 to 1, that is spoilt as bad pens, paper and scanners do.
        strings: Synthetic strings whose candidates are learnt too, with the classes noise and part, and which
            a transcriber learns to read as a whole; 0 for digits alone and no transcriber.
        preview: Where to draw digits as they are and as they are varied, before training.
        bfloat16: Whether the layers' products are computed in 16 bits; the weights have 32 all the same.
    """

    output: Path
    data: tuple[str, ...] = ("mnist",)
    network: NetworkPlan = field(default_factory=NetworkPlan)
    start: Start | None = None
    optimiser: OptimiserPlan = field(default_factory=OptimiserPlan)
    epochs: int = 5
    batch_size: int = 32
    patience: int | None = None
    seed: int = 0
    augment: Augment = Augment.NONE
    degrade: float = 0.0
    strings: int = 0
    preview: Path | None = None
    bfloat16: bool = False

    def options(self) -> dict[str, str]:
        """All that decides what the weights become, save the data: options of the command line, in words."""
        network, optimiser = self.network, self.optimiser
        values: dict[str, object] = {
            "--from": None if self.start is None else f"{self.start.named} ({self.start.sha256[:12]})",
            "--hidden": ",".join(map(str, network.hidden)) or None,
            "--normalise": network.normalise,
            "--batch-norm": "on" if network.batch_norm else "off",
            "--dropout": network.dropout,
            "--loss": network.loss,
            "--learning-rate": optimiser.learning_rate,
            "--schedule": optimiser.schedule,
            "--weight-decay": optimiser.weight_decay,
            "--epochs": self.epochs,
            "--batch-size": self.batch_size,
            "--patience": self.patience,
            "--seed": self.seed,
            "--augment": self.augment,
            "--degrade": self.degrade,
            "--strings": self.strings,
            "--bfloat16": "on" if self.bfloat16 else "off",
        }
        return {name: "none" if value is None else str(value) for name, value in values.items()}
