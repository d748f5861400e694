"""Run a query on a local Spark, in an environment of its own: TABLE.parquet QUERY.sql OUT."""

import json
import sys
from pathlib import Path


def main(parquet, query, out):
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    spark.read.parquet(parquet).createOrReplaceTempView("requests")
    rows = spark.sql(Path(query).read_text(encoding="utf-8").rstrip(";\n")).collect()
    Path(out).write_text(json.dumps([[*map(str, row)] for row in rows]), encoding="utf-8")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
