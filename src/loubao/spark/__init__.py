"""`link` on a Spark cluster: the functions of ingest and linkage, Spark's joins between them.

cluster_session     Spark, started and stopped so that nothing personal is left anywhere
batches             functions over frames on the batches of a Spark frame
cluster_tables      LEFT and RIGHT: what Spark reads, with the number of each row
cluster_people      … their rows, as they are compared
key_joins           candidate pairs: keys joined
compared_pairs      … their agreement levels
decided_pairs       … their weights, and the decisions
plan                the order of it all
step_costs          what each step costs, for whoever plans a larger run
storage             the output, whole or not there

Nothing else imports pyspark, which is not there unless the extra `spark` is installed.
"""
