// Mounts that a monitor makes for its child (monitor/handed_mounts.h), in a mount namespace of each test's
// own.
#include "monitor/handed_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "sys/mount.h"
#include "sys/syscalls.h"
#include "test/harness.h"
#include "test/program_bytes.h"

namespace libpod::test {
namespace {

Text Say(const char* text) {
    return Text{text, static_cast<uint32_t>(strlen(text))};
}

// A list of strings as a program has it; the bytes must outlive it.
Texts List(const std::vector<uint8_t>& bytes, uint32_t count) {
    return Texts(bytes.data(), bytes.data() + bytes.size(), count);
}

Words Map(const uint32_t* words, uint32_t count) {
    Words map;
    map.data = reinterpret_cast<const uint8_t*>(words);
    map.count = count;
    return map;
}

// Over 1024 descriptors: too much for the stack of a test under the sanitizer.
std::unique_ptr<HandedMounts> OwnMounts() {
    NeedsRoot();
    REQUIRE(unshare(CLONE_NEWNS) == 0);
    REQUIRE(SetPropagation(MS_PRIVATE | MS_REC).ok());
    return std::make_unique<HandedMounts>();
}

MountOp Tmpfs() {
    MountOp op;
    op.type = Say("tmpfs");
    op.from = Say("libpod-test");
    op.attributes = MOUNT_ATTR_NOSUID;
    return op;
}

// Where the mount of a number is attached, for as long as the object lives.
class Attached {
  public:
    Attached(HandedMounts* mounts, uint32_t number) {
        OwnedFd* mount = mounts->Take(number);
        REQUIRE(mount != nullptr && mount->valid());
        OwnedFd at(open(directory_.path().c_str(), O_PATH | O_CLOEXEC));
        REQUIRE(AttachMount(mount->get(), at.get()).ok());
    }
    ~Attached() { (void)sys::Umount(directory_.path().c_str(), 2 /* MNT_DETACH */); }
    std::string operator/(const char* name) const { return directory_ / name; }

  private:
    TemporaryDirectory directory_;
};

struct stat Look(const std::string& path) {
    struct stat found = {};
    REQUIRE(lstat(path.c_str(), &found) == 0);
    return found;
}

std::string OwnNamespace() {
    char name[64] = "";
    REQUIRE(readlink("/proc/self/ns/mnt", name, sizeof name - 1) > 0);
    return name;
}

TEST(handed_mounts_are_known_by_their_numbers_until_they_are_closed) {
    auto mounts = OwnMounts();
    char detail[256] = "";
    CHECK(mounts->Take(0) == nullptr);
    REQUIRE(mounts->New(Tmpfs(), detail, sizeof detail).ok());
    REQUIRE(mounts->New(Tmpfs(), detail, sizeof detail).ok());
    CHECK(mounts->Take(0) != nullptr && mounts->Take(1) != nullptr && mounts->Take(2) == nullptr);
    {
        Attached first(mounts.get(), 0);
        struct statvfs info;
        REQUIRE(statvfs((first / ".").c_str(), &info) == 0);
        CHECK((info.f_flag & ST_NOSUID) != 0 && (info.f_flag & ST_NOEXEC) == 0);
    }
    int descriptor = mounts->Take(1)->get();
    mounts->Close();
    CHECK(mounts->Take(0) == nullptr);
    CHECK(fcntl(descriptor, F_GETFD) == -1 && errno == EBADF);
}

TEST(handed_mount_that_the_kernel_refuses_has_no_number_and_its_words) {
    auto mounts = OwnMounts();
    MountOp op = Tmpfs();
    std::vector<uint8_t> options = String("nonsense=1");
    op.options = List(options, 1);
    char detail[256] = "";
    Status status = mounts->New(op, detail, sizeof detail);
    CHECK(!status.ok() && status.error == EINVAL);
    CHECK(strstr(detail, "nonsense") != nullptr);
    CHECK(mounts->Take(0) == nullptr);
}

TEST(handed_devices_are_made_in_the_last_mount_as_they_were_asked_for) {
    auto mounts = OwnMounts();
    DeviceOp op;
    op.path = Say("net/deep/null");
    op.mode = S_IFCHR | 0626;
    op.major = 1;
    op.minor = 3;
    op.uid = 7;
    op.gid = 8;
    Status none = mounts->Device(op);
    CHECK(!none.ok() && none.error == EINVAL);
    char detail[256] = "";
    REQUIRE(mounts->New(Tmpfs(), detail, sizeof detail).ok());
    umask(077);
    REQUIRE(mounts->Device(op).ok());
    CHECK(umask(022) == 077);
    Status again = mounts->Device(op);
    CHECK(!again.ok() && again.error == EEXIST);
    Attached mount(mounts.get(), 0);
    struct stat device = Look(mount / "net/deep/null");
    CHECK(device.st_mode == op.mode && device.st_rdev == makedev(1, 3));
    CHECK(device.st_uid == 7 && device.st_gid == 8);
    for (const char* above : {"net", "net/deep"}) {
        struct stat directory = Look(mount / above);
        CHECK(directory.st_mode == (S_IFDIR | 0755) && directory.st_uid == 7 && directory.st_gid == 8);
    }
}

TEST(handed_bind_of_what_is_missing_holds_its_place_if_it_is_optional) {
    auto mounts = OwnMounts();
    TemporaryDirectory directory;
    std::string missing = directory / "missing";
    HandedBindOp op;
    op.from = Say(missing.c_str());
    Status status = mounts->Bind(op);
    CHECK(!status.ok() && status.error == ENOENT && strcmp(status.stage, "open") == 0);
    CHECK(mounts->Take(0) == nullptr);
    op.optional = 1;
    REQUIRE(mounts->Bind(op).ok());
    REQUIRE(mounts->Take(0) != nullptr);
    CHECK(!mounts->Take(0)->valid());
}

TEST(handed_bind_is_read_only_where_the_host_can_write) {
    auto mounts = OwnMounts();
    TemporaryDirectory source;
    Spill(source / "file", "text");
    HandedBindOp op;
    op.from = Say(source.path().c_str());
    op.set = MOUNT_ATTR_RDONLY;
    REQUIRE(mounts->Bind(op).ok());
    Attached mount(mounts.get(), 0);
    CHECK(Slurp(mount / "file") == "text");
    CHECK(open((mount / "file").c_str(), O_WRONLY | O_CLOEXEC) == -1 && errno == EROFS);
    Spill(source / "file", "other");
    CHECK(Slurp(mount / "file") == "other");
}

TEST(handed_bind_with_mapped_ids_shows_others_than_are_on_disk) {
    auto mounts = OwnMounts();
    const uint32_t ids[] = {0, 100000, 10};
    IdMapOp map;
    map.uids = Map(ids, 3);
    map.gids = Map(ids, 3);
    REQUIRE(mounts->MapIds(map).ok());
    TemporaryDirectory source;
    Spill(source / "file", "text");
    REQUIRE(chown((source / "file").c_str(), 3, 4) == 0);
    HandedBindOp op;
    op.from = Say(source.path().c_str());
    op.id_map = 1;
    REQUIRE(mounts->Bind(op).ok());
    Attached mount(mounts.get(), 0);
    struct stat mapped = Look(mount / "file"), plain = Look(source / "file");
    CHECK(mapped.st_uid == 100003 && mapped.st_gid == 100004);
    CHECK(plain.st_uid == 3 && plain.st_gid == 4);
}

TEST(handed_overlay_over_mapped_layers_leaves_the_namespace_and_the_identity_of_the_monitor) {
    auto mounts = OwnMounts();
    const uint32_t ids[] = {0, 100000, 10};
    IdMapOp map;
    map.uids = Map(ids, 3);
    map.gids = Map(ids, 3);
    REQUIRE(mounts->MapIds(map).ok());
    TemporaryDirectory layers;
    std::string lower = layers / "lower", upper = layers / "upper", work = layers / "work";
    for (const std::string& path : {lower, upper, work}) REQUIRE(mkdir(path.c_str(), 0755) == 0);
    for (const std::string& path : {upper, work}) REQUIRE(chown(path.c_str(), 100000, 100000) == 0);
    Spill(lower + "/file", "text");
    std::vector<uint8_t> one = String(lower.c_str());
    OverlayOp op;
    op.lower = List(one, 1);
    op.mapped = List(one, 1);
    op.upper = Say(upper.c_str());
    op.work = Say(work.c_str());
    op.uid = op.gid = 100000;
    std::string before = OwnNamespace();
    char detail[256] = "";
    Status status = mounts->Overlay(op, detail, sizeof detail);
    if (status.error == EINVAL || status.error == ENODEV) Skip("no overlays with mapped IDs here");
    REQUIRE(status.ok());
    CHECK(OwnNamespace() == before);
    // Covered for the overlay alone.
    CHECK(Look(lower + "/file").st_uid == 0);
    Spill(layers / "mine", "");
    CHECK(Look(layers / "mine").st_uid == 0);
    Attached mount(mounts.get(), 0);
    CHECK(Look(mount / "file").st_uid == 100000);
    CHECK(Slurp(mount / "file") == "text");
}

TEST(handed_overlay_of_a_missing_layer_leaves_the_namespace_of_the_monitor) {
    auto mounts = OwnMounts();
    const uint32_t ids[] = {0, 100000, 10};
    IdMapOp map;
    map.uids = Map(ids, 3);
    map.gids = Map(ids, 3);
    REQUIRE(mounts->MapIds(map).ok());
    std::vector<uint8_t> one = String("/libpod-no-such-layer");
    OverlayOp op;
    op.lower = List(one, 1);
    op.mapped = List(one, 1);
    std::string before = OwnNamespace();
    char detail[256] = "";
    Status status = mounts->Overlay(op, detail, sizeof detail);
    CHECK(!status.ok() && status.error == ENOENT);
    CHECK(OwnNamespace() == before);
    CHECK(mounts->Take(0) == nullptr);
}

}  // namespace
}  // namespace libpod::test
