package dev.wings.core.collab.document;

import java.util.ArrayList;
import java.util.List;

/// The runs of one client in an update, in the order of clocks, with gaps where some are missing.
final class UpdateSection {
  private final List<Struct> structs = new ArrayList<>();
  private final int known;
  private int first;
  private int cursor;

  /// @param known clock before which the receiver has everything
  UpdateSection(int known) {
    this.known = known;
    this.cursor = known;
  }

  /// Adds a run that begins no earlier than those before it.
  void add(Struct struct) {
    if (struct.end() <= cursor) {
      return;
    }
    int start = Math.max(cursor, struct.clock());
    if (structs.isEmpty()) {
      first = start;
    } else if (start > cursor) {
      structs.add(new Gap(struct.client(), cursor, start - cursor));
    }
    structs.add(struct);
    cursor = struct.end();
  }

  void write(ByteWriter out, long client) {
    out.writeUnsigned(structs.size());
    out.writeUnsigned(client);
    out.writeUnsigned(first);
    int clock = Math.max(first, known);
    for (Struct struct : structs) {
      Update.write(out, struct, clock);
      clock = struct.end();
    }
  }
}
