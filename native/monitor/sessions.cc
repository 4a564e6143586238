// The connections that speak of sessions: what they ask, what they are told, and who waits for whom.
#include "monitor/sessions.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "monitor/tag.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// What one answer may hold: the frames of a client that has not read the last ones yet still fit.
constexpr size_t kMostAnswer = 60 * 1024;

bool IsId(const Text& id) {
    if (id.size == 0 || id.size > kMaxSessionId) return false;
    for (uint32_t i = 0; i < id.size; i++) {
        char letter = id.data[i];
        bool word = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                    (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
        if (!word) return false;
    }
    return true;
}

}  // namespace

Sessions::~Sessions() {
    for (SessionClient* client = clients_; client != nullptr;) {
        SessionClient* next = client->next;
        client->connection.Close();
        DeleteMapped(client);
        client = next;
    }
    for (Session* session = sessions_; session != nullptr;) {
        Session* next = session->next;
        DeleteMapped(session);
        session = next;
    }
}

bool Sessions::Speaks(Message type) {
    return type == Message::kSessionProgram || type == Message::kSessionCreate ||
           type == Message::kSessionSelect || type == Message::kSessionList;
}

size_t Sessions::client_count() const {
    size_t count = 0;
    for (SessionClient* client = clients_; client != nullptr; client = client->next) count++;
    return count;
}

void Sessions::Connections(Connection** list) const {
    for (SessionClient* client = clients_; client != nullptr; client = client->next)
        *list++ = &client->connection;
}

Session* Sessions::Find(const char* id) const {
    for (Session* session = sessions_; session != nullptr; session = session->next) {
        if (!session->dead && strcmp(session->id, id) == 0) return session;
    }
    return nullptr;
}

void Sessions::SetInterest(int fd, uint32_t* now, uint32_t wanted, uint64_t tag) {
    if (*now == wanted) return;
    struct epoll_event event = {};
    event.events = wanted;
    event.data.u64 = tag;
    // epoll tells of a hang-up whatever it was asked for: what cannot be served now is taken out.
    int operation = wanted == 0 ? EPOLL_CTL_DEL : *now == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_ctl(epoll_, operation, fd, &event);
    *now = wanted;
}

void Sessions::Drop(OwnedFd* fd) {
    if (fd->valid()) epoll_ctl(epoll_, EPOLL_CTL_DEL, fd->get(), nullptr);
    fd->Reset();
}

void Sessions::Adopt(Connection* connection) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->fd(), nullptr);
    auto* client = NewMapped<SessionClient>();
    if (client == nullptr) {
        connection->Close();
        return;
    }
    client->connection.TakeOver(connection);
    client->connection.WatchedBy(epoll_);
    client->next = clients_;
    clients_ = client;
    HandleClient(client, 0);
}

void Sessions::Handle(uint64_t tag, uint32_t events) {
    if (KindOf(tag) == Kind::kClient) {
        auto* client = static_cast<SessionClient*>(PageOf(tag));
        if (!client->dead) HandleClient(client, events);
        return;
    }
    auto* session = static_cast<Session*>(PageOf(tag));
    if (session->dead) return;
    switch (KindOf(tag)) {
        case Kind::kChannel:
            if (session->channel.valid()) HandleChannel(session);
            break;
        case Kind::kOutput:
            if (session->state == SessionState::kRunning) HandleOutput(session, false);
            break;
        case Kind::kError:
            if (session->state == SessionState::kRunning) HandleOutput(session, true);
            break;
        case Kind::kTimer:
            HandleTimer(session);
            break;
        case Kind::kInput:
        case Kind::kClient:
            break;  // room for input again: Update looks at who waits
    }
    Update(session);
}

void Sessions::HandleClient(SessionClient* client, uint32_t events) {
    Connection& connection = client->connection;
    // One that hung up while its input waits for the session would wake us for ever: it is let go.
    bool alive = connection.wants_input() || (events & (EPOLLHUP | EPOLLERR)) == 0;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !connection.Fill()) alive = false;
    if ((events & EPOLLOUT) != 0 && !connection.Flush()) alive = false;
    Session* session = client->session;
    UpdateClient(client);
    if (!alive) CloseClient(client);
    if (session == nullptr) session = client->session;
    if (session != nullptr && !session->dead) Update(session);
}

// Listens anew: output is read only while every attached client has room for it.
void Sessions::Update(Session* session) {
    if (session->state == SessionState::kEnded && !session->dead) {
        Drain(session);
    }
    bool input_waits = false;
    EachClient(session, [&](SessionClient* client) {
        UpdateClient(client);
        Frame frame;
        if (!client->dead && client->connection.Peek(&frame)) input_waits = true;
    });
    if (session->dead) return;
    bool listens = session->state == SessionState::kRunning && HasRoom(session);
    Stdio& stdio = session->stdio;
    if (stdio.output.valid()) {
        uint32_t wanted =
            (listens ? EPOLLIN : 0u) | (stdio.terminal && input_waits ? static_cast<uint32_t>(EPOLLOUT) : 0u);
        if (session->hung_up) wanted = 0;
        SetInterest(stdio.output.get(), &session->output_interest, wanted, Tag(session, Kind::kOutput));
    }
    if (stdio.error.valid()) {
        SetInterest(stdio.error.get(), &session->error_interest, listens ? EPOLLIN : 0u,
                    Tag(session, Kind::kError));
    }
    if (stdio.input.valid()) {
        SetInterest(stdio.input.get(), &session->input_interest, input_waits ? EPOLLOUT : 0u,
                    Tag(session, Kind::kInput));
    }
}

// Does what the client has asked, as far as can be done now, and listens to it for more.
void Sessions::UpdateClient(SessionClient* client) {
    Connection& connection = client->connection;
    Frame frame;
    while (!client->dead && connection.open() && connection.Peek(&frame) && HandleFrame(client, frame)) {
        if (connection.open()) connection.Consume();
    }
    if (!connection.open()) {
        CloseClient(client);
        return;
    }
    Listen(client);
}

void Sessions::Listen(SessionClient* client) {
    const Connection& connection = client->connection;
    uint32_t wanted = (connection.wants_input() ? EPOLLIN : 0u) | (connection.HasPending() ? EPOLLOUT : 0u);
    SetInterest(connection.fd(), &client->interest, wanted, Tag(client, Kind::kClient));
}

// Writes what the socket takes of the queue, and waits for room for the rest: whoever queued it may be the
// last to look at this client, as a session that ends is.
void Sessions::Push(SessionClient* client) {
    if (farewell_) return;
    if (client->connection.Flush()) {
        Listen(client);
    } else {
        CloseClient(client);
    }
}

// Answers whether the frame is done with; one of input may have to wait for the session to read.
bool Sessions::HandleFrame(SessionClient* client, const Frame& frame) {
    Reader reader(frame.arguments.data, frame.arguments.size);
    Session* session = client->session;
    bool runs = session != nullptr && session->state == SessionState::kRunning;
    Bytes data;
    switch (frame.type) {
        case Message::kSessionProgram:
            if (!reader.Read(&data)) break;
            // More than any argument list that execve takes (execve(2), a quarter of the stack's limit).
            if (client->upload.size() + data.size > 8u * 1024 * 1024) break;
            if (!client->upload.Append(data.data, data.size)) break;
            return true;
        case Message::kSessionCreate: {
            Text id;
            uint32_t kept, tied;
            uint64_t timeout_ms;
            if (!reader.Read(&id) || !IsId(id) || !reader.Read(&kept) || !reader.Read(&tied) ||
                !reader.Read(&timeout_ms))
                break;
            Create(client, id, kept != 0, tied != 0, timeout_ms);
            return true;
        }
        case Message::kSessionSelect: {
            Text id;
            if (!reader.Read(&id)) break;
            client->session = Find(id.c_str());
            client->attached = client->tied = false;
            if (client->session == nullptr) {
                Refuse(client, ENOENT);
            } else {
                Describe(client);
            }
            return true;
        }
        case Message::kSessionList:
            List(client);
            return true;
        case Message::kSessionAttach:
            client->attached = session != nullptr;
            return true;
        case Message::kSessionStart: {
            if (session == nullptr) return true;
            if (session->state != SessionState::kCreated) {
                Refuse(client, EALREADY);
                return true;
            }
            (void)Start(session).ok();
            return true;
        }
        case Message::kSessionKill:
            if (session != nullptr) Kill(session);
            return true;
        case Message::kSignal: {
            uint32_t number;
            if (!reader.Read(&number)) break;
            bool sent = session != nullptr && session->pidfd.valid() &&
                        sys::PidfdSendSignal(session->pidfd.get(), static_cast<int>(number)) == 0;
            Done(client, sent ? 0 : session != nullptr && session->pidfd.valid() ? errno : ESRCH);
            return true;
        }
        case Message::kSessionRemove: {
            bool idle = session != nullptr && (session->state == SessionState::kCreated ||
                                               (session->state == SessionState::kEnded && session->kept));
            // The answer first: it is no longer this client's session then.
            client->session = idle ? nullptr : session;
            Done(client, idle ? 0 : session == nullptr ? ENOENT : EBUSY);
            if (idle) Forget(session);
            return true;
        }
        case Message::kStdin:
            if (!reader.Read(&data)) break;
            if (session != nullptr && !runs && session->state != SessionState::kEnded) return false;
            return !runs || HandleInput(client, data);
        case Message::kStdinClose:
            if (session != nullptr && !runs && session->state != SessionState::kEnded) return false;
            if (runs) {
                Drop(&session->stdio.input);
                session->input_interest = 0;
            }
            return true;
        case Message::kResize: {
            uint32_t rows, columns;
            if (!reader.Read(&rows) || !reader.Read(&columns)) break;
            if (session == nullptr) return true;
            session->window.ws_row = static_cast<unsigned short>(rows);
            session->window.ws_col = static_cast<unsigned short>(columns);
            if (session->stdio.terminal && session->stdio.output.valid())
                ioctl(session->stdio.output.get(), TIOCSWINSZ, &session->window);
            return true;
        }
        default:
            break;
    }
    client->connection.Close();
    return false;
}

bool Sessions::HandleInput(SessionClient* client, const Bytes& data) {
    Stdio& stdio = client->session->stdio;
    int fd = stdio.terminal ? stdio.output.get() : stdio.input.get();
    size_t& done = client->connection.stdin_done;
    while (done < data.size) {
        // Nobody reads any more: the rest is dropped, as a closed pipe would have it.
        if (fd < 0 || !stdio.takes_input) return true;
        ssize_t count = write(fd, data.data + done, data.size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return false;
        if (count < 0) {
            if (!stdio.terminal) {
                Drop(&stdio.input);
                client->session->input_interest = 0;
            }
            return true;
        }
        done += static_cast<size_t>(count);
    }
    return true;
}

void Sessions::Create(SessionClient* client, const Text& id, bool kept, bool tied, uint64_t timeout_ms) {
    int error = 0;
    Mapping program = static_cast<Mapping&&>(client->upload);
    Session* session = Make(id.c_str(), static_cast<Mapping&&>(program), &error);
    client->session = session;
    client->attached = false;
    client->tied = tied;
    if (session == nullptr) {
        Refuse(client, error);
        return;
    }
    session->kept = kept;
    session->timeout_ms = timeout_ms > 0xffffffffu ? 0xffffffffu : static_cast<uint32_t>(timeout_ms);
    // A session that is started at once is told of by its start.
    if (kept) Describe(client);
}

void Sessions::Describe(SessionClient* client) {
    const Session& session = *client->session;
    uint8_t buffer[kMostAnswer];
    Writer writer(buffer, sizeof buffer);
    writer.PutText(session.id);
    writer.PutU32(static_cast<uint32_t>(session.state));
    writer.PutU32(static_cast<uint32_t>(session.pid));
    writer.PutU64(session.start_ticks);
    writer.PutU32(static_cast<uint32_t>(session.exit_code));
    writer.PutU32(static_cast<uint32_t>(session.signal));
    writer.PutU32(session.timed_out ? 1 : 0);
    writer.PutU32(session.stdio.terminal ? 1 : 0);
    writer.PutU32(session.stdio.takes_input ? 1 : 0);
    writer.PutU64(session.created_ns);
    writer.PutU64(session.started_ns);
    writer.PutU64(session.finished_ns);
    // Of a command that is longer than an answer the first words.
    Reader words(session.command.data(), session.command.size());
    size_t room = sizeof buffer - writer.size() - sizeof(uint32_t);
    size_t fits = 0;
    uint32_t count = 0;
    Text word;
    while (words.left() > 0 && words.Read(&word) && session.command.size() - words.left() <= room) {
        fits = session.command.size() - words.left();
        count++;
    }
    writer.PutU32(count);
    if (fits > 0) writer.Put(session.command.data(), fits);
    SendAndFlush(client, Message::kSession, writer);
}

void Sessions::List(SessionClient* client) {
    uint8_t buffer[kMostAnswer];
    Writer writer(buffer, sizeof buffer);
    uint32_t count = 0;
    // The monitor's own are not the clients' business.
    auto is_listed = [](const Session& session) { return !session.dead && session.hook.ended == nullptr; };
    for (Session* session = sessions_; session != nullptr; session = session->next)
        count += is_listed(*session) ? 1 : 0;
    writer.PutU32(count);
    for (Session* session = sessions_; session != nullptr; session = session->next) {
        if (is_listed(*session)) writer.PutText(session->id);
    }
    SendAndFlush(client, Message::kSessionIds, writer);
}

void Sessions::Refuse(SessionClient* client, int error) {
    uint8_t buffer[8];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(error));
    SendAndFlush(client, Message::kSessionRefused, writer);
}

void Sessions::Done(SessionClient* client, int error) {
    uint8_t buffer[8];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(error));
    SendAndFlush(client, Message::kDone, writer);
}

void Sessions::SendAndFlush(SessionClient* client, Message type, const Writer& arguments) {
    client->connection.Send(type, arguments);
    if (client->connection.open()) {
        Push(client);
    } else {
        CloseClient(client);
    }
}

void Sessions::Tell(Session* session, Message type, const Writer& arguments) {
    EachClient(session, [&](SessionClient* client) { SendAndFlush(client, type, arguments); });
}

void Sessions::CloseClient(SessionClient* client) {
    if (client->dead) return;
    client->dead = has_dead_ = true;
    client->connection.Close();
    Session* session = client->session;
    client->session = nullptr;
    if (session == nullptr || session->dead || farewell_) return;
    if (session->state == SessionState::kCreated) {
        bool others = false;
        EachClient(session, [&](SessionClient*) { others = true; });
        if (!session->kept && !others) Forget(session);
        return;
    }
    if (session->state == SessionState::kEnded) return;
    if (client->tied) {
        Kill(session);
        return;
    }
    // Nobody is left who could type.
    bool typing = false;
    EachClient(session, [&](SessionClient* other) { typing = typing || other->attached; });
    if (client->attached && !typing && !session->stdio.terminal) {
        Drop(&session->stdio.input);
        session->input_interest = 0;
    }
}

void Sessions::Settle() {
    if (!has_dead_) return;
    has_dead_ = false;
    for (SessionClient** at = &clients_; *at != nullptr;) {
        SessionClient* client = *at;
        if (!client->dead) {
            at = &client->next;
            continue;
        }
        *at = client->next;
        DeleteMapped(client);
    }
    for (Session** at = &sessions_; *at != nullptr;) {
        Session* session = *at;
        if (!session->dead) {
            at = &session->next;
            continue;
        }
        *at = session->next;
        DeleteMapped(session);
        count_--;
    }
}

}  // namespace libpod
