//! Takes gzip (RFC 1952) and Zstandard (RFC 8878) off a stream, known by their first bytes; anything else passes as it is.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use ruzstd::decoding::StreamingDecoder;

const GZIP: [u8; 2] = [0x1F, 0x8B];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Bytes read of a packed stream at a time.
const BLOCK: usize = 64 << 10;

type Stream = Box<dyn Read + Send>;

/// The stream, or what is packed in it. Several packed pieces may follow each other.
pub(super) fn unpacked(mut stream: Stream) -> io::Result<Stream> {
    let mut start = [0; 4];
    let mut len = 0;
    while len < start.len() {
        match stream.read(&mut start[len..]) {
            Ok(0) => break,
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let whole = Cursor::new(start).take(len as u64).chain(stream);
    Ok(if start[..len].starts_with(&GZIP) {
        Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BLOCK, whole)))
    } else if start[..len] == ZSTD {
        Box::new(Frames { rest: Some(BufReader::with_capacity(BLOCK, whole)), frame: None })
    } else {
        Box::new(whole)
    })
}

/// Zstandard frames one after the other.
struct Frames<R: Read> {
    rest: Option<BufReader<R>>,
    frame: Option<Box<StreamingDecoder<BufReader<R>, ruzstd::decoding::FrameDecoder>>>,
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.rest = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(mut rest) = self.rest.take() else { return Ok(0) };
            if rest.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.frame = Some(Box::new(StreamingDecoder::new(rest).map_err(io::Error::other)?));
        }
    }
}
