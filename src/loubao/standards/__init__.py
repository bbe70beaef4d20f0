"""The assistance standards of the notice: tariff, payments of the rolls, findings, audit."""
