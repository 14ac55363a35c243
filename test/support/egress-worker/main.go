// A worker of LiveKit Egress in what it says to LiveKit: the same RPC (github.com/livekit/psrpc) over Redis. What it
// records is made by another program, which it starts for each egress (see recorder.ts).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/egress"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/proto"
)

type worker struct {
	bus psrpc.MessageBus
	io  rpc.IOInfoClient
	// Program and arguments of the recorder.
	command []string
}

func (w *worker) StartEgressAffinity(context.Context, *rpc.StartEgressRequest) float32 { return 1 }

func (w *worker) ListActiveEgress(context.Context, *rpc.ListActiveEgressRequest) (*rpc.ListActiveEgressResponse, error) {
	return &rpc.ListActiveEgressResponse{}, nil
}

func (w *worker) StartEgress(_ context.Context, req *rpc.StartEgressRequest) (*livekit.EgressInfo, error) {
	composite := req.GetRoomComposite()
	if composite == nil || len(composite.FileOutputs)+len(files(composite)) == 0 {
		return nil, psrpc.NewErrorf(psrpc.InvalidArgument, "only files of room composites")
	}
	info := &livekit.EgressInfo{
		EgressId:  req.EgressId,
		RoomId:    req.RoomId,
		RoomName:  composite.RoomName,
		Status:    livekit.EgressStatus_EGRESS_STARTING,
		UpdatedAt: time.Now().UnixNano(),
		Request:   &livekit.EgressInfo_RoomComposite{RoomComposite: composite},
	}
	run := &run{worker: w, info: info, request: req, file: firstFile(composite)}
	if err := run.begin(); err != nil {
		return nil, err
	}
	return proto.Clone(info).(*livekit.EgressInfo), nil
}

func files(composite *livekit.RoomCompositeEgressRequest) []*livekit.EncodedFileOutput {
	if file := composite.GetFile(); file != nil {
		return []*livekit.EncodedFileOutput{file}
	}
	return nil
}

func firstFile(composite *livekit.RoomCompositeEgressRequest) *livekit.EncodedFileOutput {
	return append(composite.FileOutputs, files(composite)...)[0]
}

// One egress.
type run struct {
	worker  *worker
	request *rpc.StartEgressRequest
	file    *livekit.EncodedFileOutput
	handler rpc.EgressHandlerServer
	stdin   io.WriteCloser

	mu   sync.Mutex
	info *livekit.EgressInfo
}

// What the recorder is told and tells, one JSON a line.
type job struct {
	Token    string            `json:"token"`
	Base     string            `json:"base"`
	Layout   string            `json:"layout"`
	Preset   string            `json:"preset"`
	Filepath string            `json:"filepath"`
	S3       *livekit.S3Upload `json:"s3,omitempty"`
}

type said struct {
	Event      string `json:"event"`
	SizeBytes  int64  `json:"sizeBytes"`
	DurationMs int64  `json:"durationMs"`
	Error      string `json:"error"`
}

func (r *run) begin() error {
	handler, err := rpc.NewEgressHandlerServer(r, r.worker.bus)
	if err != nil {
		return err
	}
	r.handler = handler
	if err := handler.RegisterStopEgressTopic(r.info.EgressId); err != nil {
		return err
	}
	composite := r.request.GetRoomComposite()
	child := exec.Command(r.worker.command[0], r.worker.command[1:]...)
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	r.stdin = stdin
	// A worker signs its own token, with the key and secret of its configuration.
	token, err := egress.BuildEgressToken(
		r.info.EgressId, os.Getenv("LIVEKIT_API_KEY"), os.Getenv("LIVEKIT_API_SECRET"), composite.RoomName)
	if err != nil {
		return err
	}
	line, _ := json.Marshal(job{
		Token: token, Base: composite.CustomBaseUrl, Layout: composite.Layout,
		Preset: composite.GetPreset().String(), Filepath: r.file.Filepath, S3: r.file.GetS3(),
	})
	fmt.Fprintln(stdin, string(line))
	go r.follow(stdout, child)
	return nil
}

func (r *run) follow(stdout io.Reader, child *exec.Cmd) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var one said
		if json.Unmarshal(lines.Bytes(), &one) != nil {
			continue
		}
		now := time.Now().UnixNano()
		r.update(func(info *livekit.EgressInfo) {
			switch one.Event {
			case "started":
				info.Status = livekit.EgressStatus_EGRESS_ACTIVE
				info.StartedAt = now
			case "ending":
				info.Status = livekit.EgressStatus_EGRESS_ENDING
			case "saved":
				info.Status = livekit.EgressStatus_EGRESS_COMPLETE
				info.EndedAt = now
				result := &livekit.FileInfo{
					Filename: r.file.Filepath, Size: one.SizeBytes, Duration: one.DurationMs * 1e6,
					StartedAt: info.StartedAt, EndedAt: now, Location: r.file.Filepath,
				}
				info.FileResults = []*livekit.FileInfo{result}
				info.Result = &livekit.EgressInfo_File{File: result}
			case "failed":
				info.Status = livekit.EgressStatus_EGRESS_FAILED
				info.EndedAt = now
				info.Error = one.Error
				info.ErrorCode = 500
			}
		})
	}
	_ = child.Wait()
	r.handler.Shutdown()
}

func (r *run) update(change func(*livekit.EgressInfo)) {
	r.mu.Lock()
	change(r.info)
	r.info.UpdatedAt = time.Now().UnixNano()
	copied := proto.Clone(r.info).(*livekit.EgressInfo)
	r.mu.Unlock()
	if _, err := r.worker.io.UpdateEgress(context.Background(), copied); err != nil {
		fmt.Fprintln(os.Stderr, "update:", err)
	}
}

func (r *run) StopEgress(context.Context, *livekit.StopEgressRequest) (*livekit.EgressInfo, error) {
	fmt.Fprintln(r.stdin, `{"stop":true}`)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.info.Status == livekit.EgressStatus_EGRESS_ACTIVE {
		r.info.Status = livekit.EgressStatus_EGRESS_ENDING
	}
	return proto.Clone(r.info).(*livekit.EgressInfo), nil
}

func (r *run) UpdateStream(context.Context, *livekit.UpdateStreamRequest) (*livekit.EgressInfo, error) {
	return nil, psrpc.NewErrorf(psrpc.Unimplemented, "it has no streams")
}

func (r *run) UpdateEgress(context.Context, *livekit.UpdateEgressRequest) (*livekit.EgressInfo, error) {
	return nil, psrpc.NewErrorf(psrpc.Unimplemented, "its layout stays")
}

// egress-worker <redis address> <program> <arguments...>
func main() {
	bus := psrpc.NewRedisMessageBus(redis.NewClient(&redis.Options{Addr: os.Args[1]}))
	ioClient, err := rpc.NewIOInfoClient(bus)
	if err != nil {
		panic(err)
	}
	server, err := rpc.NewEgressInternalServer(&worker{bus: bus, io: ioClient, command: os.Args[2:]}, bus)
	if err != nil {
		panic(err)
	}
	if err := server.RegisterStartEgressTopic(""); err != nil {
		panic(err)
	}
	fmt.Println("ready " + strings.Join(os.Args[2:], " "))
	// Whoever started it ends it.
	_, _ = io.Copy(io.Discard, os.Stdin)
}
