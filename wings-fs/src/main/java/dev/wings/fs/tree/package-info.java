/// Walks over whole directory trees on descriptors: delete, change of ownership, measuring. A walk
/// never follows a link, never crosses into another mount, and needs memory for the depth of its
/// stack only, whatever the number of entries. Start at [dev.wings.fs.tree.TreeWalk]; walks block
/// in the kernel and belong on platform threads.
@NullMarked
package dev.wings.fs.tree;

import org.jspecify.annotations.NullMarked;
