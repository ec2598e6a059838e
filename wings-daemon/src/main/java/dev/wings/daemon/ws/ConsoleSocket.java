package dev.wings.daemon.ws;

import dev.wings.core.event.ServerEvent;
import dev.wings.core.upload.UploadEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection: frames in, frames out, timers, the ways to end it (`websocket.md` 1.2 to 1.5).
///
/// Everything runs on the connection's event loop. Rights are evaluated when a message arrives and
/// again when something is delivered; within one delivery of the hub, which takes far less than a
/// millisecond, they are evaluated once.
final class ConsoleSocket extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ConsoleSocket.class);

  static final int TICK_SECONDS = 30;
  private static final int MISSED_TICKS = 2;
  private static final int STALLED_TICKS = 2;
  private static final int CLOSE_GRACE_MILLIS = 1000;
  private static final long JWT_ERROR_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(128 << 10, 512 << 10);

  private final ConsoleSockets sockets;
  private final ConsoleHub hub;
  private final String clientAddress;
  private final SocketSession session;
  private final MessageAssembler assembler;
  private final RateLimit messageRate;
  private final InboundActions actions;
  private final SocketCollab collab;
  private final Map<Audience, SocketSession.Access> accesses = new EnumMap<>(Audience.class);

  private @Nullable ChannelHandlerContext context;
  private @Nullable SocketOutbox outbox;
  private @Nullable Future<?> ticks;
  private int missedTicks;
  private int unauthenticatedSeconds;
  private int stalledTicks;
  private long takenBytesAtTick;
  private boolean couldReadConsole;
  private long lastJwtErrorNanos;
  private boolean counted;
  private boolean closing;

  ConsoleSocket(ConsoleSockets sockets, ConsoleHub hub, String clientAddress, int maxMessageSize) {
    this.sockets = sockets;
    this.hub = hub;
    this.clientAddress = clientAddress;
    this.assembler = new MessageAssembler(maxMessageSize);
    this.session = sockets.newSession(hub.server());
    this.messageRate = new RateLimit(sockets.nanos(), 2000, 5000);
    this.lastJwtErrorNanos = sockets.nanos().getAsLong() - JWT_ERROR_INTERVAL_NANOS;
    this.actions = new InboundActions(this, hub.server(), sockets);
    this.collab = new SocketCollab(this, hub.server(), sockets);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    Channel channel = added.channel();
    channel.config().setWriteBufferWaterMark(WATER_MARK);
    outbox = new SocketOutbox(added, sockets.budget(), new FrameBuffer());
    ticks =
        added
            .executor()
            .scheduleAtFixedRate(this::tick, TICK_SECONDS, TICK_SECONDS, TimeUnit.SECONDS);
    if (channel.isActive()) {
      hub.join(this);
    } else {
      release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) {
    release();
    inactive.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    release();
  }

  private void release() {
    if (ticks != null) {
      ticks.cancel(/* mayInterruptIfRunning= */ false);
      ticks = null;
    }
    outbox().discard();
    assembler.release();
    collab.close();
    hub.leave(this);
  }

  // --- in ---

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    try {
      if (message instanceof WebSocketFrame frame) {
        onFrame(frame);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext reading) {
    outbox().flush();
    reading.fireChannelReadComplete();
  }

  private void onFrame(WebSocketFrame frame) {
    if (!(frame instanceof PingWebSocketFrame)) {
      missedTicks = 0;
    }
    if (frame instanceof CloseWebSocketFrame close) {
      answerClose(close);
      return;
    }
    if (closing) {
      return;
    }
    switch (frame) {
      case PingWebSocketFrame ping -> answerPing(ping);
      case PongWebSocketFrame _ -> {
        // has reset the miss counter
      }
      default -> onData(frame);
    }
  }

  private void answerPing(PingWebSocketFrame ping) {
    if (!outbox().waiting()) { // a peer that does not read gets no pongs to pile up
      outbox().writeFrames(controlFrame(0x8a, ping.content()));
    }
  }

  private void answerClose(CloseWebSocketFrame close) {
    if (!closing) {
      closing = true;
      outbox().discard();
      ByteBuf status = close.content();
      outbox()
          .writeFrames(
              controlFrame(0x88, status.readableBytes() < 2 ? Unpooled.EMPTY_BUFFER : status));
      outbox().flush();
    }
    context().close();
  }

  private static ByteBuf controlFrame(int opcode, ByteBuf payload) {
    int length = Math.min(125, payload.readableBytes());
    return Unpooled.directBuffer(2 + length)
        .writeByte(opcode)
        .writeByte(length)
        .writeBytes(payload, payload.readerIndex(), length);
  }

  private void onData(WebSocketFrame frame) {
    switch (assembler.add(frame)) {
      case MessageAssembler.Result.Incomplete _ -> {
        // more will come
      }
      case MessageAssembler.Result.Complete(WireFormat format, byte[] payload) ->
          onPayload(format, payload);
      case MessageAssembler.Result.Violation(String reason) -> drop(reason);
    }
  }

  private void onPayload(WireFormat format, byte[] payload) {
    if (!messageRate.take(1 + payload.length / 4096.0)) {
      tooMany(messageRate);
      return;
    }
    Optional<InboundMessage> message = InboundMessage.decode(format, payload);
    if (message.isPresent() && EventNames.known(message.get().event())) {
      onMessage(message.get());
    }
  }

  /// Tells once that messages are ignored; a stranger is not told, it is shown out.
  void tooMany(RateLimit limit) {
    if (!session.hasToken()) {
      drop("too many messages before authentication");
    } else if (limit.firstRefusal()) {
      send(EventNames.DAEMON_MESSAGE, List.of(Notices.TOO_MANY));
    }
  }

  private void onMessage(InboundMessage message) {
    if (message.event().equals(EventNames.AUTH)) {
      authenticate(message);
      return;
    }
    switch (session.messageAccess()) {
      case SocketSession.Access.Granted _ -> actions.handle(message);
      case SocketSession.Access.BadToken bad ->
          send(EventNames.JWT_ERROR, List.of(bad.reason().message()));
      case SocketSession.Access.NoToken _ -> drop("message before authentication");
      case SocketSession.Access.Denied _ -> drop("not allowed to connect");
    }
  }

  private void authenticate(InboundMessage message) {
    String token = message.first();
    if (token == null) {
      drop("auth without token");
      return;
    }
    switch (session.authenticate(token)) {
      case SocketSession.Authentication.Dropped dropped -> {
        if (session.user().isPresent()) {
          log.atWarn()
              .addKeyValue("server", hub.server().id())
              .addKeyValue("user", session.user().get())
              .addKeyValue("ip", clientAddress)
              .addKeyValue("reason", dropped.reason())
              .log("websocket closed because of the token it was renewed with");
        }
        drop(dropped.reason());
      }
      case SocketSession.Authentication.Refused refused ->
          send(EventNames.JWT_ERROR, List.of(refused.reason().message()));
      case SocketSession.Authentication.Stale _ -> send(EventNames.TOKEN_EXPIRED, List.of());
      case SocketSession.Authentication.Accepted accepted -> onAuthenticated(accepted);
    }
  }

  private void onAuthenticated(SocketSession.Authentication.Accepted accepted) {
    if (!counted) {
      counted = hub.authenticated(this, session.user().orElseThrow());
      if (!counted) {
        drop("too many connections of one user");
        return;
      }
      sockets.authenticated(this);
    }
    send(EventNames.AUTH_SUCCESS, accepted.permissions().wireNames());
    couldReadConsole = session.mayReadConsole();
    if (accepted.first()) {
      send(EventNames.STATUS, List.of(hub.server().state().wireName()));
      if (!couldReadConsole) {
        send(EventNames.DAEMON_MESSAGE, List.of(Notices.NO_CONSOLE));
      }
    }
    collab.authenticated();
  }

  // --- out ---

  /// Takes the events of one turn of the hub, in order. The caller keeps its references.
  ///
  /// @param lost lines of the console that were lost before them
  void deliver(List<Outgoing> messages, long lost) {
    if (closing) {
      return;
    }
    accesses.clear();
    if (lost > 0 && access(Audience.CONSOLE) == SocketSession.GRANTED) {
      outbox().lost(lost);
    }
    for (Outgoing message : messages) {
      if (mayReceive(message)) {
        send(message);
      }
    }
    flush();
  }

  /// Sends what is shared by all as it is, except what each may see another part of.
  private void send(Outgoing message) {
    ServerEvent.FileUploads uploads = message.uploads();
    if (uploads != null) {
      List<UploadEntry> visible = UploadView.visible(uploads, session.ignoredFiles());
      if (visible.size() < uploads.entries().size()) {
        outbox().send(EventNames.FILE_UPLOADS, List.of(UploadView.json(visible)));
        return;
      }
    }
    outbox().send(message);
  }

  private void flush() {
    outbox().flush();
    if (outbox().overflowed()) {
      drop("does not read");
    }
  }

  private SocketSession.Access access(Audience audience) {
    return accesses.computeIfAbsent(audience, session::access);
  }

  private boolean mayReceive(Outgoing message) {
    ServerEvent.Targeted target = message.target();
    if (target != null) {
      return session.messageAccess() == SocketSession.GRANTED
          && (target.users().isEmpty()
              || session.user().filter(target.users()::contains).isPresent())
          && session.tokenHoldsAll(target.permissions());
    }
    return switch (access(message.audience())) {
      case SocketSession.Access.Granted _ -> {
        couldReadConsole |= message.audience() == Audience.CONSOLE;
        yield true;
      }
      case SocketSession.Access.BadToken bad -> {
        tokenError(message, bad);
        yield false;
      }
      case SocketSession.Access.NoToken _ -> false;
      case SocketSession.Access.Denied _ -> {
        if (message.audience() == Audience.CONSOLE && couldReadConsole) {
          couldReadConsole = false;
          send(EventNames.DAEMON_MESSAGE, List.of(Notices.CONSOLE_LOST));
        }
        yield false;
      }
    };
  }

  /// One error for each event that would have been delivered, but a flood of lines is one a second.
  private void tokenError(Outgoing message, SocketSession.Access.BadToken bad) {
    long now = sockets.nanos().getAsLong();
    if (message.kind() == Outgoing.Kind.LINES
        && now - lastJwtErrorNanos < JWT_ERROR_INTERVAL_NANOS) {
      return;
    }
    lastJwtErrorNanos = now;
    send(EventNames.JWT_ERROR, List.of(bad.reason().message()));
  }

  /// Sends a message to this connection alone. On the event loop only.
  void send(String event, List<String> arguments) {
    if (!closing) {
      outbox().send(event, arguments);
      flush();
    }
  }

  /// Sends console lines to this connection alone. On the event loop only.
  void sendLines(List<String> lines) {
    if (!closing) {
      outbox().sendLines(EventNames.CONSOLE_OUTPUT, lines);
      flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext changed) {
    if (changed.channel().isWritable()) {
      pump();
    }
    changed.fireChannelWritabilityChanged();
  }

  /// Sends what waits; it may have been queued under rights that are gone by now.
  private void pump() {
    accesses.clear();
    outbox().pump(this::mayReceive);
  }

  // --- time ---

  private void tick() {
    if (closing) {
      return;
    }
    if (checkAuthenticated()) {
      checkToken();
      checkPeer();
    }
  }

  private boolean checkAuthenticated() {
    long timeout = sockets.settings().authenticationTimeoutSeconds();
    if (session.hasToken()) {
      unauthenticatedSeconds = 0;
      return true;
    }
    unauthenticatedSeconds += TICK_SECONDS;
    if (timeout > 0 && unauthenticatedSeconds >= timeout) {
      close("authentication timeout");
      return false;
    }
    return true;
  }

  private void checkToken() {
    switch (session.age()) {
      case EXPIRED -> send(EventNames.TOKEN_EXPIRED, List.of());
      case EXPIRING -> send(EventNames.TOKEN_EXPIRING, List.of());
      case NONE, FRESH -> {
        // nothing to tell
      }
    }
  }

  private void checkPeer() {
    if (missedTicks >= MISSED_TICKS) {
      drop("silent");
      return;
    }
    missedTicks++;
    long taken = outbox().takenBytes();
    stalledTicks = outbox().waiting() && taken <= takenBytesAtTick ? stalledTicks + 1 : 0;
    takenBytesAtTick = taken;
    if (stalledTicks >= STALLED_TICKS) {
      drop("does not read");
      return;
    }
    outbox().writeFrames(controlFrame(0x89, Unpooled.wrappedBuffer(new byte[] {1, 2, 3})));
    outbox().flush();
  }

  // --- the end ---

  /// Ends the connection because the user lost everything on this server.
  void revoke() {
    session.revoke();
    close("permission revoked");
  }

  /// Sends a close frame with code 1000 and ends the connection when the peer has answered or had
  /// time to.
  void close(String reason) {
    if (closing) {
      return;
    }
    closing = true;
    outbox().discard();
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    ByteBuf status = Unpooled.buffer(2 + text.length).writeShort(1000).writeBytes(text);
    outbox().writeFrames(controlFrame(0x88, status));
    outbox().flush();
    Channel channel = context().channel();
    channel.eventLoop().schedule(() -> channel.close(), CLOSE_GRACE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Ends the connection without a close frame.
  void drop(String reason) {
    if (closing) {
      return;
    }
    closing = true;
    log.atDebug()
        .addKeyValue("server", hub.server().id())
        .addKeyValue("ip", clientAddress)
        .addKeyValue("reason", reason)
        .log("websocket dropped");
    outbox().discard();
    outbox().flush();
    context().close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
    if (closing) {
      return; // each write that was pending fails
    }
    // the peer went away or broke the protocol
    log.atDebug()
        .addKeyValue("server", hub.server().id())
        .addKeyValue("ip", clientAddress)
        .setCause(cause)
        .log("websocket failed");
    closing = true;
    outbox().discard();
    failed.close();
  }

  // --- state for the others ---

  SocketSession session() {
    return session;
  }

  SocketCollab collab() {
    return collab;
  }

  /// True while more waits for the peer than it needs to get on.
  boolean crowded() {
    return outbox().crowded();
  }

  String clientAddress() {
    return clientAddress;
  }

  EventLoop eventLoop() {
    return context().channel().eventLoop();
  }

  /// Whether the hub counts this connection among those that may receive something.
  boolean counted() {
    return counted;
  }

  WireFormat format() {
    return outbox().format();
  }

  void format(WireFormat format) {
    hub.formatChanged(outbox().format(), format);
    outbox().format(format);
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return context;
  }

  private SocketOutbox outbox() {
    if (outbox == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return outbox;
  }
}
