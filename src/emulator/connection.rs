//! Connections, plain or encrypted, that a fault can break.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// A listener whose connections can be dropped from inside a request, with what encrypts them.
pub(super) struct Door(pub TcpListener, pub Option<TlsAcceptor>);

/// What a connection runs over. A handshake goes on while the connection is read from, so that a slow one keeps
/// nobody else waiting.
enum Wire {
    Plain(TcpStream),
    Shaking(Box<Accept<TcpStream>>),
    Secure(Box<TlsStream<TcpStream>>),
}

/// One connection.
pub(super) struct Line {
    wire: Wire,
    cut: Arc<AtomicBool>,
}

/// What a request knows of the connection that it came over.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    cut: Arc<AtomicBool>,
    secure: bool,
}

impl Handle {
    /// Lets nothing more out: the next write resets the connection.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small; waiting to fill a packet only makes them late.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let wire = match &self.1 {
            Some(acceptor) => Wire::Shaking(Box::new(acceptor.accept(stream))),
            None => Wire::Plain(stream),
        };
        (Line { wire, cut: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Handle {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let line = stream.io();
        Self { cut: line.cut.clone(), secure: !matches!(line.wire, Wire::Plain(_)) }
    }
}

impl Line {
    /// Goes on with the handshake, and gives the stream when there is none to wait for.
    fn poll_stream(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut (dyn Stream + Unpin)>>> {
        if let Wire::Shaking(accept) = &mut self.wire {
            let stream = ready!(Pin::new(accept.as_mut()).poll(cx))?;
            self.wire = Wire::Secure(Box::new(stream));
        }
        Poll::Ready(match &mut self.wire {
            Wire::Plain(stream) => Ok(Pin::new(stream)),
            Wire::Secure(stream) => Ok(Pin::new(stream.as_mut())),
            Wire::Shaking(_) => Err(io::ErrorKind::NotConnected.into()),
        })
    }

    fn check(&self) -> io::Result<()> {
        if !self.cut.load(Ordering::Acquire) {
            return Ok(());
        }
        match &self.wire {
            Wire::Plain(stream) => stream.set_zero_linger()?,
            Wire::Secure(stream) => stream.get_ref().0.set_zero_linger()?,
            Wire::Shaking(_) => {}
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// Both directions in one.
trait Stream: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite + ?Sized> Stream for T {}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_stream(cx))?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        ready!(self.get_mut().poll_stream(cx))?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        ready!(self.get_mut().poll_stream(cx))?.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_stream(cx))?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Who never finished the handshake is hung up on without a farewell.
        if matches!(self.wire, Wire::Shaking(_)) {
            return Poll::Ready(Ok(()));
        }
        ready!(self.get_mut().poll_stream(cx))?.poll_shutdown(cx)
    }
}
