/*
 * A camera for machines that have none, preloaded under a program (LD_PRELOAD).
 *
 * The program sees /dev/video9, which streams 1280x720 (or 640x480) YUYV at 30 fps, and /dev/video10,
 * a node as webcams have beside it that carries only metadata. Nothing is created in /dev: the calls
 * through which a V4L2 program reaches a camera are answered here, for these two names and the
 * descriptors opened from them, and every other call goes on to the C library. The descriptors are
 * memory files, so mmap works on them as it is. Like a real driver, it lets one descriptor stream and
 * tells the others EBUSY.
 *
 * The picture: left half LEFT, right half RIGHT, and a white bar, full height, that moves BAR_STEP
 * pixels to the right with every frame. `camera.rs` beside this knows the same numbers.
 *
 * Environment:
 *   HOLDFAST_CAMERA_GONE_AFTER=N   the camera is unplugged after N frames
 *   HOLDFAST_CAMERA_HANG_AFTER=N   after N frames no frame comes any more, but the camera stays
 *   HOLDFAST_CAMERA_GONE_WHEN=PATH the camera is unplugged while this file exists
 */
#define _GNU_SOURCE
#include "device.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define CAMERA_NODE "/dev/video9"
#define METADATA_NODE "/dev/video10"
#define NAME_FILE "/sys/class/video4linux/video9/name"

static long (*real_syscall)(long, ...);
static int (*real_ioctl)(int, unsigned long, ...);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static int (*real_poll)(struct pollfd *, nfds_t, int);
static DIR *(*real_opendir)(const char *);
static int (*real_closedir)(DIR *);
static struct dirent64 *(*real_readdir64)(DIR *);

__attribute__((constructor)) static void find_real(void)
{
    if (real_syscall)
        return;
    real_ioctl = dlsym(RTLD_NEXT, "ioctl");
    real_open = dlsym(RTLD_NEXT, "open");
    real_close = dlsym(RTLD_NEXT, "close");
    real_poll = dlsym(RTLD_NEXT, "poll");
    real_opendir = dlsym(RTLD_NEXT, "opendir");
    real_closedir = dlsym(RTLD_NEXT, "closedir");
    real_readdir64 = dlsym(RTLD_NEXT, "readdir64");
    real_syscall = dlsym(RTLD_NEXT, "syscall");
}

/* Before any other constructor may have run, calls arrive here too. */
#define REAL(name) (real_##name ? (void)0 : find_real(), real_##name)

/* Opening */

static int open_node(bool metadata)
{
    if (unplugged())
        return fail(ENOENT);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_OPEN; i++) {
        struct node *node = &nodes[i];
        if (node->used)
            continue;
        int fd = memfd_create("holdfast-camera", MFD_CLOEXEC);
        if (fd >= 0)
            *node = (struct node){ .fd = fd, .used = true, .metadata = metadata,
                                   .width = SIZES[1].width, .height = SIZES[1].height };
        pthread_mutex_unlock(&lock);
        return fd;
    }
    pthread_mutex_unlock(&lock);
    return fail(EMFILE);
}

static int open_name(void)
{
    int fd = memfd_create("holdfast-camera-name", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, CAMERA_NAME "\n", sizeof CAMERA_NAME) < 0)
        return fail(EIO);
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

static int open_any(const char *path, int flags, mode_t mode)
{
    if (path && strcmp(path, CAMERA_NODE) == 0)
        return open_node(false);
    if (path && strcmp(path, METADATA_NODE) == 0)
        return open_node(true);
    if (path && strcmp(path, NAME_FILE) == 0)
        return open_name();
    return REAL(open)(path, flags, mode);
}

#define OPEN(name)                                                                  \
    int name(const char *path, int flags, ...)                                      \
    {                                                                               \
        va_list arguments;                                                          \
        va_start(arguments, flags);                                                 \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; \
        va_end(arguments);                                                          \
        return open_any(path, flags, mode);                                         \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    pthread_mutex_lock(&lock);
    struct node *node = find(fd);
    if (node) {
        if (node->memory)
            munmap(node->memory, (size_t)MAX_BYTES * BUFFERS);
        node->used = false;
    }
    pthread_mutex_unlock(&lock);
    return REAL(close)(fd);
}

/* Listing: the two nodes appear at the start of /dev. */

static DIR *listing;
static unsigned listed;

DIR *opendir(const char *path)
{
    DIR *directory = REAL(opendir)(path);
    if (directory && strcmp(path, "/dev") == 0 && !unplugged()) {
        pthread_mutex_lock(&lock);
        listing = directory;
        listed = 0;
        pthread_mutex_unlock(&lock);
    }
    return directory;
}

int closedir(DIR *directory)
{
    pthread_mutex_lock(&lock);
    if (directory == listing)
        listing = NULL;
    pthread_mutex_unlock(&lock);
    return REAL(closedir)(directory);
}

struct dirent64 *readdir64(DIR *directory)
{
    static const char *const NAMES[] = { "video9", "video10" };
    static struct dirent64 entries[2];
    pthread_mutex_lock(&lock);
    struct dirent64 *entry = NULL;
    if (directory == listing && listed < 2) {
        entry = &entries[listed];
        *entry = (struct dirent64){ .d_ino = 90 + listed, .d_type = DT_CHR,
                                    .d_reclen = sizeof *entry };
        strcpy(entry->d_name, NAMES[listed]);
        listed++;
    }
    pthread_mutex_unlock(&lock);
    return entry ? entry : REAL(readdir64)(directory);
}

/* Waiting for a frame. Sleeps in short steps, so that an unplugged camera is noticed. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    pthread_mutex_lock(&lock);
    bool ours = count == 1 && find(fds[0].fd);
    pthread_mutex_unlock(&lock);
    if (!ours)
        return REAL(poll)(fds, count, timeout);
    for (int waited = 0; timeout < 0 || waited <= timeout; waited += 2) {
        pthread_mutex_lock(&lock);
        struct node *node = find(fds[0].fd);
        bool gone = unplugged() || !node;
        bool ready = !gone && node->streaming && node->queued > 0 && !before(now(), node->due)
                     && !limit_reached("HOLDFAST_CAMERA_HANG_AFTER");
        pthread_mutex_unlock(&lock);
        if (gone || ready) {
            fds[0].revents = gone ? POLLERR | POLLHUP : POLLIN;
            return 1;
        }
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
    fds[0].revents = 0;
    return 0;
}

/* True if the descriptor is ours; then `result` is the answer. */
static bool answered(int fd, unsigned long request, void *argument, int *result)
{
    pthread_mutex_lock(&lock);
    struct node *node = find(fd);
    if (node)
        *result = answer(node, request, argument);
    pthread_mutex_unlock(&lock);
    return node != NULL;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    int result;
    return answered(fd, request, argument, &result) ? result : REAL(ioctl)(fd, request, argument);
}

/* The v4l crate does not call ioctl but makes the system call through this. */
long syscall(long number, ...)
{
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    int result;
    if (number == SYS_ioctl && answered((int)a[0], (unsigned long)a[1], (void *)a[2], &result))
        return result;
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
