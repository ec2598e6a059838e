package dev.wings.core.power;

import dev.wings.core.activity.Actor;
import java.time.Duration;

/// One request for a power action.
///
/// @param checked refuse redundant requests with a message for the user, as sockets and the shell
///   want it; HTTP power calls are not checked
/// @param patience how long the request may wait for another action in progress; zero gives up at
///   once
/// @param actor who asks; recorded as activity only when `checked`
public record PowerRequest(PowerAction action, boolean checked, Duration patience, Actor actor) {
  public static PowerRequest unchecked(PowerAction action, Duration patience) {
    return new PowerRequest(action, false, patience, Actor.PANEL);
  }

  public static PowerRequest checked(PowerAction action, Actor actor) {
    return new PowerRequest(action, true, Duration.ZERO, actor);
  }
}
