"""Which operations an exported model may contain.

A SavedModel is a program, and some operations of TensorFlow read and write
files, run Python or draw from hidden random state. Only what is listed here is
let through, in the graph and in every function of its library, whether or not
it is reached. What restores the variables may also read and write files, but
only if no signature reaches it.
"""

import pathlib
from collections.abc import Iterator

from google.protobuf import message
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from keras_gen import artifacts

_ARITHMETIC = """
    Abs Acos Acosh Add AddN AddV2 Angle Asin Asinh Atan Atan2 Atanh Ceil
    ClipByValue Complex ComplexAbs Conj Cos Cosh Cross Cumprod Cumsum
    CumulativeLogsumexp Digamma Div DivNoNan Erf Erfc Erfinv Exp Expm1 Floor
    FloorDiv FloorMod Igamma Igammac Imag Inv Lgamma Log Log1p Maximum Minimum
    Mod Mul MulNoNan Ndtri Neg NextAfter Polygamma Pow Real RealDiv Reciprocal
    Rint Round Rsqrt Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Square
    SquaredDifference Sub Tan Tanh TruncateDiv TruncateMod Xdivy Xlog1py Xlogy
    BitwiseAnd BitwiseOr BitwiseXor Invert LeftShift RightShift
    PopulationCount Bincount Bucketize DenseBincount
"""
_LOGIC = """
    ApproximateEqual Equal Greater GreaterEqual IsFinite IsInf IsNan Less
    LessEqual LogicalAnd LogicalNot LogicalOr NotEqual
"""
_REDUCTIONS = """
    All Any ArgMax ArgMin EuclideanNorm InTopKV2 Max Mean Min Prod SegmentMax
    SegmentMean SegmentMin SegmentProd SegmentSum Sum TopK TopKV2
    UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd
    UnsortedSegmentSum
"""
_LINEAR_ALGEBRA = """
    BatchMatMul BatchMatMulV2 BatchMatMulV3 Cholesky Einsum FFT FFT2D IFFT
    IFFT2D IRFFT IRFFT2D MatMul MatrixBandPart MatrixDeterminant MatrixDiag
    MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3
    MatrixInverse MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 MatrixSolve
    MatrixTriangularSolve Qr RFFT RFFT2D SelfAdjointEigV2 Svd
"""
_ARRAYS = """
    BatchToSpace BatchToSpaceND Bitcast BroadcastArgs BroadcastTo Cast Concat
    ConcatOffset ConcatV2 Const DebugGradientIdentity DepthToSpace Diag
    DiagPart Empty EnsureShape ExpandDims Fill Gather GatherNd GatherV2
    GuaranteeConst Identity IdentityN InvertPermutation LinSpace
    LowerBound MirrorPad OneHot OnesLike Pack Pad PadV2 ParallelConcat
    Placeholder PlaceholderWithDefault PreventGradient Range Rank Reshape
    ResourceGather ResourceGatherNd Reverse ReverseSequence ReverseV2 Roll
    ScatterNd SearchSorted Select SelectV2 Shape ShapeN Size Slice Snapshot
    SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Squeeze StopGradient
    StridedSlice TensorScatterAdd TensorScatterMax TensorScatterMin
    TensorScatterSub TensorScatterUpdate Tile Transpose Unique UniqueV2
    UniqueWithCounts Unpack UnravelIndex UpperBound Where ZerosLike
"""
_NETWORKS = """
    AvgPool AvgPool3D BiasAdd BiasAddV1 Conv2D Conv2DBackpropInput Conv3D
    Conv3DBackpropInputV2 DepthwiseConv2dNative
    DepthwiseConv2dNativeBackpropInput Dilation2D Elu FusedBatchNorm
    FusedBatchNormV2 FusedBatchNormV3 L2Loss LRN LeakyRelu LogSoftmax MaxPool
    MaxPool3D MaxPoolV2 Relu Relu6 Selu Softmax
    SparseSoftmaxCrossEntropyWithLogits
"""
# Of endpoints that climb a gradient, such as attacks.
_GRADIENTS = """
    AvgPoolGrad BiasAddGrad BroadcastGradientArgs Conv2DBackpropFilter
    DepthwiseConv2dNativeBackpropFilter EluGrad FusedBatchNormGradV3
    LeakyReluGrad MaxPoolGrad MirrorPadGrad Relu6Grad ReluGrad RsqrtGrad
    SeluGrad SigmoidGrad SoftplusGrad SqrtGrad StridedSliceGrad TanhGrad
"""
_IMAGES = """
    AdjustContrastv2 AdjustHue AdjustSaturation CropAndResize DecodeBase64
    DecodeImage DecodeJpeg DecodePng EncodeBase64 EncodeJpeg EncodePng
    HSVToRGB ImageProjectiveTransformV3 RGBToHSV ResizeArea ResizeBicubic
    ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate
"""
_STRINGS = """
    AsString DecodeRaw EncodeRaw ReduceJoin RegexFullMatch RegexReplace
    StaticRegexFullMatch StaticRegexReplace StringFormat StringJoin
    StringLength StringLower StringNGrams StringSplit StringSplitV2 StringStrip
    StringToHashBucketFast StringToNumber StringUpper Substr UnicodeDecode
    UnicodeDecodeWithOffsets UnicodeEncode UnicodeTranscode UnsortedSegmentJoin
    ParseExample ParseExampleV2 ParseSingleExample
    RaggedGather RaggedRange RaggedTensorFromVariant RaggedTensorToSparse
    RaggedTensorToTensor RaggedTensorToVariant SparseToDense
    HashTableV2 LookupTableExportV2
    LookupTableFindV2 LookupTableImportV2 LookupTableSizeV2
"""
_CONTROL = """
    Assert Case Enter Exit If LoopCond Merge NextIteration NoOp
    PartitionedCall StatefulPartitionedCall StatelessCase StatelessIf
    StatelessWhile Switch While
    EmptyTensorList TensorListConcatV2 TensorListElementShape
    TensorListFromTensor TensorListGather TensorListGetItem TensorListLength
    TensorListPopBack TensorListPushBack TensorListReserve TensorListResize
    TensorListScatterV2 TensorListSetItem TensorListSplit TensorListStack
    TensorArrayCloseV3 TensorArrayGatherV3 TensorArrayReadV3
    TensorArrayScatterV3 TensorArraySizeV3 TensorArrayV3 TensorArrayWriteV3
"""
_VARIABLES = """
    AssignVariableOp DisableCopyOnRead ReadVariableOp VarHandleOp
    VarIsInitializedOp VariableShape
"""
# Random numbers that are a function of a seed.
_SEEDED = """
    StatelessMultinomial StatelessRandomBinomial StatelessRandomGammaV2
    StatelessRandomGammaV3 StatelessRandomGetAlg StatelessRandomGetKeyCounter
    StatelessRandomGetKeyCounterAlg StatelessRandomNormal
    StatelessRandomNormalV2 StatelessRandomPoisson StatelessRandomUniform
    StatelessRandomUniformFullIntV2 StatelessRandomUniformInt
    StatelessRandomUniformIntV2 StatelessRandomUniformV2
    StatelessTruncatedNormal StatelessTruncatedNormalV2 StatelessShuffle
"""
# Of the functions that save and restore variables.
_CHECKPOINTS = "MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename"

ALLOWED = frozenset(
    " ".join(
        (
            _ARITHMETIC,
            _LOGIC,
            _REDUCTIONS,
            _LINEAR_ALGEBRA,
            _ARRAYS,
            _NETWORKS,
            _GRADIENTS,
            _IMAGES,
            _STRINGS,
            _CONTROL,
            _VARIABLES,
            _SEEDED,
        )
    ).split()
)
ALLOWED_IN_CHECKPOINTS = ALLOWED | frozenset(_CHECKPOINTS.split())


def check(path: pathlib.Path) -> int:
    """Looks at every operation of the SavedModel in `path`.

    Returns:
        The number of different operations in it.

    Raises:
        ArtifactError: there is one that is not allowed; or `saved_model.pb`
            cannot be read.
    """
    graphs = read(path).meta_graphs
    found = [each for graph in graphs for each in forbidden(graph)]
    if found:
        raise artifacts.ArtifactError(
            f"{path / 'saved_model.pb'} contains operations that are not "
            f"allowed: {', '.join(found)}. Remove them from the endpoints of "
            "the model; if they are harmless, add them to export/audit.py."
        )
    return len({op for graph in graphs for _, op in _operations(graph)})


def read(path: pathlib.Path) -> saved_model_pb2.SavedModel:
    """Parses `saved_model.pb` in the directory `path`."""
    file = path / "saved_model.pb"
    try:
        return saved_model_pb2.SavedModel.FromString(file.read_bytes())
    except (OSError, message.DecodeError) as error:
        raise artifacts.ArtifactError(
            f"{file} is no SavedModel ({error}). Export the model again."
        ) from error


def forbidden(graph: meta_graph_pb2.MetaGraphDef) -> list[str]:
    """`OPERATION in FUNCTION` for what is not allowed, sorted."""
    functions = {f.signature.name for f in graph.graph_def.library.function}
    savers = _saver_functions(graph)
    return sorted(
        {
            f"{op} in {where}"
            for where, op in _operations(graph)
            if op not in functions
            and op
            not in (ALLOWED_IN_CHECKPOINTS if where in savers else ALLOWED)
        }
    )


def _operations(graph: meta_graph_pb2.MetaGraphDef) -> Iterator[tuple]:
    """(name of the function, operation) of all nodes."""
    for node in graph.graph_def.node:
        yield "the graph", node.op
    for function in graph.graph_def.library.function:
        for node in function.node_def:
            yield function.signature.name, node.op


def _saver_functions(graph: meta_graph_pb2.MetaGraphDef) -> set[str]:
    """Functions that save or restore variables and do nothing else."""
    saver = graph.saver_def
    roots = {saver.save_tensor_name.split(":")[0], saver.restore_op_name}
    nodes = graph.graph_def.node
    savers = [node for node in nodes if node.name in roots]
    others = [node for node in nodes if node.name not in roots]
    return _reached(savers, graph.graph_def) - _reached(others, graph.graph_def)


def _reached(
    nodes: list[node_def_pb2.NodeDef], graph: graph_pb2.GraphDef
) -> set[str]:
    """Names of all functions that `nodes` call, directly or not."""
    bodies = {f.signature.name: f.node_def for f in graph.library.function}
    reached, waiting = set(), list(nodes)
    while waiting:
        for name in _called(waiting.pop()):
            if name in bodies and name not in reached:
                reached.add(name)
                waiting.extend(bodies[name])
    return reached


def _called(node: node_def_pb2.NodeDef) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        yield from (each.name for each in value.list.func)
