/*
 * What the camera knows and answers: its formats, its buffers, its picture, its faults.
 * Does not know how a program's calls get here; that is camera.c.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CAMERA_NAME "Holdfast test camera"
#define FPS 30
#define BUFFERS 4
#define BAR_WIDTH 80
#define BAR_STEP 8
#define MAX_OPEN 16
#define MAX_BYTES (1280 * 720 * 2)

struct colour { uint8_t y, u, v; };
static const struct colour LEFT = { 81, 90, 240 };   /* red */
static const struct colour RIGHT = { 41, 240, 110 }; /* blue */
static const struct colour BAR = { 235, 128, 128 };  /* white */

static const struct { uint32_t width, height; } SIZES[] = { { 1280, 720 }, { 640, 480 } };

/* One descriptor opened from a node. */
struct node {
    int fd;
    bool used, metadata, streaming;
    uint32_t width, height;
    uint32_t buffers;
    uint32_t queue[BUFFERS], queued;
    uint8_t *memory;
    uint64_t sequence;
    struct timespec due;
};

static struct node nodes[MAX_OPEN];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Frames of all streams so far; the limits in the environment count these. */
static uint64_t delivered;

static bool limit_reached(const char *variable)
{
    const char *value = getenv(variable);
    return value && delivered >= strtoull(value, NULL, 10);
}

static bool unplugged(void)
{
    const char *path = getenv("HOLDFAST_CAMERA_GONE_WHEN");
    return limit_reached("HOLDFAST_CAMERA_GONE_AFTER") || (path && access(path, F_OK) == 0);
}

static struct node *find(int fd)
{
    for (int i = 0; fd >= 0 && i < MAX_OPEN; i++)
        if (nodes[i].used && nodes[i].fd == fd)
            return &nodes[i];
    return NULL;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

/* Pictures */

static void put_pair(uint8_t *at, struct colour colour)
{
    at[0] = at[2] = colour.y;
    at[1] = colour.u;
    at[3] = colour.v;
}

static void draw(const struct node *node, uint8_t *picture)
{
    uint32_t bar = node->sequence * BAR_STEP % node->width;
    size_t stride = node->width * 2;
    for (uint32_t x = 0; x < node->width; x += 2) {
        bool in_bar = (x + node->width - bar) % node->width < BAR_WIDTH;
        put_pair(picture + x * 2, in_bar ? BAR : x < node->width / 2 ? LEFT : RIGHT);
    }
    for (uint32_t row = 1; row < node->height; row++)
        memcpy(picture + row * stride, picture, stride);
}

static bool before(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static struct timespec now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

static void advance(struct timespec *time, long nanoseconds)
{
    time->tv_nsec += nanoseconds;
    if (time->tv_nsec >= 1000000000) {
        time->tv_nsec -= 1000000000;
        time->tv_sec++;
    }
}

/* Requests; called with the lock held. */

static void fill_format(const struct node *node, struct v4l2_pix_format *format)
{
    *format = (struct v4l2_pix_format){ .width = node->width, .height = node->height,
        .pixelformat = V4L2_PIX_FMT_YUYV, .field = V4L2_FIELD_NONE, .bytesperline = node->width * 2,
        .sizeimage = node->width * node->height * 2, .colorspace = V4L2_COLORSPACE_SRGB };
}

static int set_format(struct node *node, struct v4l2_format *format, bool try_only)
{
    if (!try_only)
        for (int i = 0; i < MAX_OPEN; i++)
            if (nodes[i].used && (nodes[i].streaming || (nodes[i].buffers && &nodes[i] != node)))
                return fail(EBUSY);
    struct node wanted = *node;
    wanted.width = SIZES[0].width;
    wanted.height = SIZES[0].height;
    for (unsigned i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        if (SIZES[i].width == format->fmt.pix.width && SIZES[i].height == format->fmt.pix.height) {
            wanted.width = SIZES[i].width;
            wanted.height = SIZES[i].height;
        }
    fill_format(&wanted, &format->fmt.pix);
    if (!try_only) {
        node->width = wanted.width;
        node->height = wanted.height;
    }
    return 0;
}

static int request_buffers(struct node *node, struct v4l2_requestbuffers *request)
{
    if (request->memory != V4L2_MEMORY_MMAP)
        return fail(EINVAL);
    if (request->count && node->streaming)
        return fail(EBUSY);
    for (int i = 0; i < MAX_OPEN; i++)
        if (nodes[i].used && &nodes[i] != node && nodes[i].buffers)
            return fail(EBUSY);
    if (request->count > BUFFERS)
        request->count = BUFFERS;
    if (request->count && !node->memory) {
        size_t size = (size_t)MAX_BYTES * BUFFERS;
        if (ftruncate(node->fd, size) < 0)
            return -1;
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, node->fd, 0);
        if (memory == MAP_FAILED)
            return -1;
        node->memory = memory;
    }
    node->buffers = request->count;
    node->queued = 0;
    return 0;
}

static int take_frame(struct node *node, struct v4l2_buffer *buffer)
{
    if (!node->streaming)
        return fail(EINVAL);
    if (!node->queued || before(now(), node->due))
        return fail(EAGAIN);
    uint32_t index = node->queue[0];
    memmove(node->queue, node->queue + 1, --node->queued * sizeof *node->queue);
    draw(node, node->memory + (size_t)index * MAX_BYTES);
    struct timespec time = now();
    *buffer = (struct v4l2_buffer){ .index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
        .memory = V4L2_MEMORY_MMAP, .bytesused = node->width * node->height * 2,
        .length = node->width * node->height * 2, .m.offset = index * MAX_BYTES,
        .field = V4L2_FIELD_NONE, .sequence = node->sequence,
        .flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
        .timestamp = { time.tv_sec, time.tv_nsec / 1000 } };
    node->sequence++;
    delivered++;
    advance(&node->due, 1000000000 / FPS);
    /* A reader that fell behind does not get a burst; the sensor kept its pace. */
    while (before(node->due, time)) {
        advance(&node->due, 1000000000 / FPS);
        node->sequence++;
    }
    return 0;
}

static int answer(struct node *node, unsigned long request, void *argument)
{
    if (unplugged())
        return fail(ENODEV);
    if (request == VIDIOC_QUERYCAP) {
        struct v4l2_capability *cap = argument;
        uint32_t own = node->metadata ? V4L2_CAP_META_CAPTURE : V4L2_CAP_VIDEO_CAPTURE;
        memset(cap, 0, sizeof *cap);
        strcpy((char *)cap->driver, "holdfast");
        strcpy((char *)cap->card, CAMERA_NAME);
        strcpy((char *)cap->bus_info, "preloaded");
        cap->device_caps = own | V4L2_CAP_STREAMING;
        /* As with real webcams, the device as a whole claims both, whichever node is asked. */
        cap->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING
                            | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    if (node->metadata)
        return fail(EINVAL);
    switch (request) {
    case VIDIOC_ENUM_FMT: {
        struct v4l2_fmtdesc *format = argument;
        if (format->index > 0 || format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
            return fail(EINVAL);
        strcpy((char *)format->description, "YUYV 4:2:2");
        format->pixelformat = V4L2_PIX_FMT_YUYV;
        format->flags = 0;
        return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
        struct v4l2_frmsizeenum *size = argument;
        if (size->index >= sizeof SIZES / sizeof *SIZES || size->pixel_format != V4L2_PIX_FMT_YUYV)
            return fail(EINVAL);
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete.width = SIZES[size->index].width;
        size->discrete.height = SIZES[size->index].height;
        return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
        struct v4l2_frmivalenum *interval = argument;
        if (interval->index > 0 || interval->pixel_format != V4L2_PIX_FMT_YUYV)
            return fail(EINVAL);
        interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        interval->discrete = (struct v4l2_fract){ 1, FPS };
        return 0;
    }
    case VIDIOC_G_FMT:
        fill_format(node, &((struct v4l2_format *)argument)->fmt.pix);
        return 0;
    case VIDIOC_S_FMT:
    case VIDIOC_TRY_FMT:
        return set_format(node, argument, request == VIDIOC_TRY_FMT);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
        struct v4l2_streamparm *parameters = argument;
        memset(&parameters->parm, 0, sizeof parameters->parm);
        parameters->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        parameters->parm.capture.timeperframe = (struct v4l2_fract){ 1, FPS };
        return 0;
    }
    case VIDIOC_REQBUFS:
        return request_buffers(node, argument);
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = argument;
        if (buffer->index >= node->buffers)
            return fail(EINVAL);
        buffer->length = node->width * node->height * 2;
        buffer->m.offset = buffer->index * MAX_BYTES;
        return 0;
    }
    case VIDIOC_QBUF: {
        struct v4l2_buffer *buffer = argument;
        if (buffer->index >= node->buffers || node->queued >= BUFFERS)
            return fail(EINVAL);
        node->queue[node->queued++] = buffer->index;
        return 0;
    }
    case VIDIOC_DQBUF:
        return take_frame(node, argument);
    case VIDIOC_STREAMON:
        node->streaming = true;
        node->due = now();
        return 0;
    case VIDIOC_STREAMOFF:
        node->streaming = false;
        node->queued = 0;
        return 0;
    default:
        return fail(ENOTTY);
    }
}
