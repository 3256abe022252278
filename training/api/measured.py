"""What programs measured, with its intervals, as the API gives it: see `training.runs.figures`."""

from typing import Any

from rest_framework import serializers


class IntervalSerializer(serializers.Serializer[Any]):
    """A share in [0, 1] with its 95 % interval and the number of observations."""

    estimate = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class PartAccuracySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True, help_text="Empty where the data does not state it.")
    accuracy = IntervalSerializer()
    by_rule = serializers.FloatField(allow_null=True)


class GradeAccuracySerializer(serializers.Serializer[Any]):
    grade = serializers.CharField(source="name")
    accuracy = IntervalSerializer()
    by_rule = serializers.FloatField(allow_null=True)


class CalibrationBinSerializer(serializers.Serializer[Any]):
    """Pairs on which a reward model is about as sure of the response that it prefers."""

    predicted = serializers.FloatField(help_text="The probability that it gives, on average.")
    voted = IntervalSerializer(help_text="The share of the verdicts for that response.")


class HeldOutSerializer(serializers.Serializer[Any]):
    """What a trainer measured on `n` rows that it did not learn, with the weights that it kept: those after `step`."""

    n = serializers.IntegerField()
    step = serializers.IntegerField(allow_null=True)
    loss = serializers.FloatField(allow_null=True)
    margin = serializers.FloatField(allow_null=True, help_text="Mean difference of the rewards of a pair.")
    token_accuracy = serializers.FloatField(allow_null=True)
    accuracy = IntervalSerializer(allow_null=True, help_text="How often the chosen response has the higher reward.")
    majority = serializers.FloatField(
        allow_null=True, help_text="What the better of two rules without a model gets right."
    )
    prefers_longer = serializers.BooleanField(help_text="That rule: the longer response, or the shorter one.")
    grades = GradeAccuracySerializer(many=True)
    domains = PartAccuracySerializer(many=True, help_text="By the category of the prompt.")
    languages = PartAccuracySerializer(many=True)
    lengths = PartAccuracySerializer(many=True, help_text="By the length of the chosen response beside the other.")
    calibration = CalibrationBinSerializer(many=True, help_text="From the least sure pairs to the surest.")
    calibration_error = serializers.FloatField(allow_null=True)


class BestOfSerializer(serializers.Serializer[Any]):
    """The mean best score among `n` responses to a prompt, with its 95 % interval over prompts."""

    n = serializers.IntegerField()
    score = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    prompts = serializers.IntegerField()
