"""What a run's program writes while it goes on, as the API gives it: curves, log, answers as they change."""

from typing import Any

from rest_framework import serializers

# Two columns. Null where a program logged what is no number.
CURVE = {
    "type": "object",
    "required": ["step", "value"],
    "properties": {
        "step": {"type": "array", "items": {"type": "integer"}},
        "value": {"type": "array", "items": {"type": "number", "nullable": True}},
    },
}


class LogSerializer(serializers.Serializer[Any]):
    offset = serializers.IntegerField()
    text = serializers.CharField()
    next = serializers.IntegerField()
    size = serializers.IntegerField()


class ShownAnswerSerializer(serializers.Serializer[Any]):
    step = serializers.IntegerField()
    response = serializers.CharField()
    reward = serializers.FloatField(allow_null=True, help_text="Null where no reward model reads it.")
    finish_reason = serializers.CharField()


class ShownPromptSerializer(serializers.Serializer[Any]):
    """A prompt with the answers that the policy gave to it, by rising step."""

    prompt_id = serializers.IntegerField()
    prompt = serializers.JSONField()
    answers = ShownAnswerSerializer(many=True)
