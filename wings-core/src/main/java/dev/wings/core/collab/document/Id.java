package dev.wings.core.collab.document;

/// Name of one unit of a document: the client that made it, and how many that client had made.
record Id(long client, int clock) {}
