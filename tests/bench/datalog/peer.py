"""One benchmark in DuckDB: peer.py FACTS_FOLDER SQL_FILE THREADS; prints the numbers of every SELECT."""
import os
import sys

import duckdb

COLUMNS = {1: ["x"], 2: ["x", "y"], 3: ["x", "y", "w"]}


def load(connection, folder, name):
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as file:
        first = file.readline().split("\t")
    kind = "INTEGER" if first[0].strip().isdigit() else "VARCHAR"
    columns = ", ".join(f"'{column}': '{kind}'" for column in COLUMNS[len(first)])
    connection.execute(f"CREATE TABLE \"{name.removesuffix('.facts')}\" AS SELECT * FROM "
                       f"read_csv('{path}', delim='\t', header=false, columns={{{columns}}})")


def main():
    folder, query, threads = sys.argv[1:4]
    connection = duckdb.connect(":memory:", config={"threads": int(threads)})
    for name in sorted(os.listdir(folder)):
        if name.endswith(".facts"):
            load(connection, folder, name)
    with open(query, encoding="utf-8") as file:
        for statement in filter(str.strip, file.read().split(";")):
            result = connection.execute(statement)
            if "SELECT" in statement and not statement.lstrip().startswith("CREATE"):
                print(*(number for row in result.fetchall() for number in row))


main()
