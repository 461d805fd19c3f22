"""Our graph components: thin adapters between Rasa's pipeline and plain functions of ``bot.language`` and ``bot.safety``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.classifier import IntentModel, Options
from bot.language.encoder import SentenceEncoder, encode_many
from bot.language.kept import CACHE
from bot.safety import CRISES

from .readers import after_answer, is_half_sure, read

__all__ = ["DeterministicReader", "NgramSentenceClassifier"]

_ROOT = Path(__file__).resolve().parents[2]
_CACHE = CACHE / "sentence-vectors.npz"
_ANSWERS = {"affirm", "deny"}
_SAYS_LITTLE = {*_ANSWERS, "not_now", "thank_or_bye", "greet", "out_of_scope", "insult"}
_ComponentType = DefaultV1Recipe.ComponentType


def _fingerprint(*patterns: str) -> str:
    """Rasa's cache looks at a class's own source only: the modules and files it uses must count too."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(_ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@DefaultV1Recipe.register([_ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class NgramSentenceClassifier(GraphComponent, IntentClassifier):
    """Character n-grams, and where these are unsure the sentence encoder beside them, read by linear classifiers."""

    def __init__(
        self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource, model: Optional[IntentModel] = None
    ) -> None:
        self._config, self._storage, self._resource, self._model = config, storage, resource, model
        self._encoder: Optional[SentenceEncoder] = None

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"regularisation": 0.5, "min_count": 3, "hardest": 8_000, "sure": 0.4, "ranking_length": 10}

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> NgramSentenceClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramSentenceClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder / "intents.joblib"))

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        return _fingerprint("bot/language/classifier.py", "bot/language/encoder.py", "bot/language/fold.py")

    def train(self, training_data: TrainingData) -> Resource:
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        options = {key: self._config[key] for key in ("regularisation", "min_count", "hardest", "sure")}
        model = IntentModel(Options(watched=CRISES, **options))
        self._model = model.fit(
            [e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples], lambda texts: encode_many(texts, _CACHE)
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder / "intents.joblib")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if text.startswith("/"):  # a tap carries its intent; Rasa's own handler reads it at the end of the pipeline
                message.set(INTENT, {"name": None, "confidence": 1.0}, add_to_output=True)
            else:
                self._rank(message, text)
        return messages

    def _rank(self, message: Message, text: str) -> None:
        if self._model is None:
            return
        self._encoder = self._encoder or SentenceEncoder()
        ranked = self._about(text)
        ranking = [{"name": name, "confidence": confidence} for name, confidence in ranked]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        message.set("crises", {name: share for name, share in ranked if name in CRISES})

    def _about(self, text: str) -> List[Tuple[Text, float]]:
        """The ranking of a message; of "no, but …" it is what comes behind that, where that is plain."""
        ranked = self._model.rank(text, self._encoder.encode)
        rest = after_answer(text) if ranked[0][0] in _ANSWERS else None
        behind = self._model.rank(rest, self._encoder.encode) if rest else ranked
        return behind if behind[0][0] not in _SAYS_LITTLE and behind[0][1] >= self._config["sure"] else ranked


class ParsedMessage(Message):
    """Rasa drops output that is None; the parse contract says ``"safety": null`` for a message without a cue."""

    def as_dict(self, only_output_properties: bool = False) -> Dict:
        return {"safety": None, **super().as_dict(only_output_properties)}


@DefaultV1Recipe.register([_ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class DeterministicReader(GraphComponent, EntityExtractorMixin):
    """What patterns read for certain: language, safety, commands, wishes, a postcode. After classifier and fallback."""

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> DeterministicReader:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        files = ("content/safety/*", "content/wishes/*", "content/languages.yml", "content/areas.yml", "content/languages/*")
        return _fingerprint("bot/dialogue/readers.py", "bot/safety/*.py", "bot/language/*.py", *files)

    def process(self, messages: List[Message]) -> List[Message]:
        return [self._read(message, message.get(TEXT) or "") for message in messages]

    def _read(self, message: Message, text: str) -> Message:
        parsed = ParsedMessage(message.data, message.output_properties, message.time, message.features)
        if text.startswith("/"):
            return parsed
        asked = (message.get("metadata") or {}).get("asked") or ""
        guess = message.get(INTENT) or {}
        doubted = is_half_sure(guess.get("name"), guess.get("confidence", 0.0))
        guessed = DEFAULT_NLU_FALLBACK_INTENT_NAME if doubted else guess.get("name")
        found = read(text, guessed, message.get("crises") or {}, asked)
        parsed.set("language", found.language, add_to_output=True)
        parsed.set("safety", found.safety, add_to_output=True)
        if found.intent or doubted:
            parsed.set(INTENT, {"name": found.intent or guessed, "confidence": 1.0}, add_to_output=True)
        entities = [
            {"entity": slot, "value": value, "start": 0, "end": len(text), "extractor": "DeterministicReader"}
            for slot, value in found.entities.items()
        ]
        parsed.set(ENTITIES, [*(message.get(ENTITIES) or []), *entities], add_to_output=True)
        return parsed
