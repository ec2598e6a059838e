/// Images: references, registry credentials, the pull policy and its progress (`containers.md` 6).
///
/// Start with [Images]. A pull runs on a virtual thread of its own and is shared by everyone who
/// waits for the same image; [ImageReference] and [RegistryCredentials] are pure.
@NullMarked
package dev.wings.docker.internal.image;

import org.jspecify.annotations.NullMarked;
