package dev.wings.daemon;

import dev.wings.daemon.cli.WingsCommand;
import dev.wings.daemon.log.Logging;
import java.io.ObjectInputFilter;

/// Entry point of the `wings` command.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    // nothing in this process reads serialised objects, so nothing ever may (threats.md JV-01)
    ObjectInputFilter.Config.setSerialFilter(_ -> ObjectInputFilter.Status.REJECTED);
    Logging.toStandardError(); // before anything logs: the library's own default is everything
    System.exit(WingsCommand.run(arguments, System.getenv(), System.out, System.err));
  }
}
